"""The check: ask a system whether the settings are right, without writing anything over there."""

import logging
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.contract import CheckReport, CheckStep
from integrations.diagnosis import diagnose
from leads.defects import where
from leads.delivery import gate
from leads.delivery.connecting import CannotConnect, open_connector
from leads.models import Destination

logger = logging.getLogger(__name__)


def check(destination: Destination) -> list[CheckStep]:
    """What the system says of its own fields is kept on the destination; the machine's pause ends if nothing failed."""
    report = report_on(destination)
    if report.fields:
        described = [field.as_json() for field in report.fields]
        Destination.objects.filter(pk=destination.pk).update(described_fields=described)
    if passed(report.steps):
        gate.resume_after_check(destination.pk)
    return report.steps


def passed(steps: Sequence[CheckStep]) -> bool:
    return not check_steps.has_failed(steps)


def report_on(destination: Destination) -> CheckReport:
    """What the system says now; nothing is kept."""
    try:
        with open_connector(destination) as connector:
            return connector.check()
    except CannotConnect as error:
        return CheckReport([check_steps.failed(_("Settings"), error.failure)])
    except Exception as error:
        logger.error("The check of %s failed: %s", destination.kind, where(error))
        return CheckReport([check_steps.unproven(_("Check"), diagnose("defect").meaning)])
