"""Prove a destination's settings: the check that writes nothing, and the test lead that goes the real way."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from integrations import check_steps
from integrations.contract import (
    CheckReport,
    CheckStep,
    Connector,
    Delivered,
    Failure,
    FailureKind,
    Outcome,
    Record,
)
from integrations.diagnosis import diagnose
from leads import retry
from leads.defects import where
from leads.delivery import gate
from leads.delivery.connecting import CannotConnect, open_connector
from leads.models import Destination, DestinationGate
from leads.models.ids import new_id
from leads.states import PausedBy

logger = logging.getLogger(__name__)


def check(destination: Destination) -> list[CheckStep]:
    """Check without writing anything over there, and keep the result on the destination.

    A destination that the machine paused resumes when nothing failed.
    """
    report = _report_on(destination)
    described = {"described_fields": [field.as_json() for field in report.fields]} if report.fields else {}
    Destination.objects.filter(pk=destination.pk).update(
        checked_at=Now(), check_steps=[_as_json(step) for step in report.steps], **described
    )
    if passed(report.steps):
        gate.resume_after_check(destination.pk)
    return report.steps


def passed(steps: Sequence[CheckStep]) -> bool:
    return not check_steps.has_failed(steps)


def check_paused() -> list[int]:
    """Check the machine-paused destinations that are due; returns the ids of those that resumed."""
    return [
        paused.destination_id for paused in _due_checks() if _claim_check(paused) and passed(check(paused.destination))
    ]


class TestLead(NamedTuple):
    """What became of a test lead, and whether it was taken away again over there."""

    outcome: Outcome
    is_removed: bool = False


def send_test_lead(destination: Destination) -> TestLead:
    """Send one clearly marked record through the connector's real way, and remove it again where the system lets us.
    Nothing of it is kept here."""
    record = _test_record()
    try:
        with open_connector(destination) as connector:
            outcome = _outcome_of(connector, record)
            return TestLead(outcome, is_removed=_removed(connector, outcome))
    except CannotConnect as error:
        return TestLead(Outcome(record.key, error.failure))


def _removed(connector: Connector, outcome: Outcome) -> bool:
    if not isinstance(outcome.result, Delivered):
        return False
    try:
        return connector.remove(outcome.result, outcome.key)
    except Exception as error:
        logger.error("The test lead through %s stays: %s", type(connector).__name__, where(error))
        return False


def _report_on(destination: Destination) -> CheckReport:
    try:
        with open_connector(destination) as connector:
            return connector.check()
    except CannotConnect as error:
        return CheckReport([check_steps.failed(_("Settings"), error.failure)])
    except Exception as error:
        logger.error("The check of %s failed: %s", destination.kind, where(error))
        return CheckReport([check_steps.unproven(_("Check"), diagnose("defect").meaning)])


def _outcome_of(connector: Connector, record: Record) -> Outcome:
    try:
        return next(iter(connector.deliver([record])))
    except Exception as error:
        logger.error("The test lead through %s failed: %s", type(connector).__name__, where(error))
        return Outcome(record.key, Failure(kind=FailureKind.DEFECT, cause="defect"))


def _due_checks() -> QuerySet[DestinationGate]:
    return DestinationGate.objects.filter(
        paused_by=PausedBy.MACHINE, resumes_itself=True, next_check_at__lte=Now(), destination__enabled=True
    ).select_related("destination")


def _claim_check(paused: DestinationGate) -> bool:
    """Set the next check before this one runs, so that two workers never check the same destination at once."""
    checks = paused.checks_since_pause
    return bool(
        DestinationGate.objects.filter(pk=paused.pk, checks_since_pause=checks, next_check_at__lte=Now()).update(
            checks_since_pause=min(checks + 1, gate.MOST_COUNTED), next_check_at=Now() + retry.check_after(checks + 1)
        )
    )


def _as_json(step: CheckStep) -> dict[str, Any]:
    """In every language: whoever reads it may read another one than whoever asked for the check."""
    others = {language: _words(step, language) for language, _name in settings.LANGUAGES if language != "en"}
    return {"result": step.result.value, **_words(step, "en"), "in": others}


def _words(step: CheckStep, language: str) -> dict[str, str]:
    with override(language):
        return {"label": str(step.label), "detail": str(step.detail)}


def _test_record() -> Record:
    """``MSFT_TEST_`` is how the marketplace marks its own: receivers that were made for it know it by that."""
    return Record(
        key=new_id(),
        received_at=datetime.now(UTC),
        first_name="MSFT_TEST_1",
        last_name="Lead CRM connection test",
        email="lead-crm-test@example.com",
        company="TEST (Lead CRM)",
        lead_source="AzureMarketplace-INS|test.connection-test",
        source="AzureMarketplace",
        action="INS",
        publisher_id="test",
        offer_id="connection-test",
        offer_title="Connection test",
        description="Sent by Lead CRM to prove the connection. It can be deleted.",
        is_test=True,
    )
