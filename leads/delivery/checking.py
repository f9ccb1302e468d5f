"""Prove a destination's settings: the check that writes nothing, and the test lead that goes the real way."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from integrations.contract import CheckStep, Connector, Failure, FailureKind, Outcome, Record, StepResult
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
    steps = _steps_of(destination)
    Destination.objects.filter(pk=destination.pk).update(
        checked_at=Now(), check_steps=[_as_json(step) for step in steps]
    )
    if passed(steps):
        gate.resume_after_check(destination.pk)
    return steps


def passed(steps: Sequence[CheckStep]) -> bool:
    return all(step.result is not StepResult.FAILED for step in steps)


def check_paused() -> list[int]:
    """Check the machine-paused destinations that are due; returns the ids of those that resumed."""
    return [
        paused.destination_id for paused in _due_checks() if _claim_check(paused) and passed(check(paused.destination))
    ]


def send_test_lead(destination: Destination) -> Outcome:
    """Send one clearly marked record through the connector's real way. Nothing of it is kept here."""
    record = _test_record()
    try:
        with open_connector(destination) as connector:
            return _outcome_of(connector, record)
    except CannotConnect as error:
        return Outcome(record.key, error.failure)


def _steps_of(destination: Destination) -> list[CheckStep]:
    try:
        with open_connector(destination) as connector:
            return connector.check()
    except CannotConnect as error:
        return [CheckStep(_("Settings"), StepResult.FAILED, diagnose(error.failure.cause).meaning)]
    except Exception as error:
        logger.error("The check of %s failed: %s", destination.kind, where(error))
        return [CheckStep(_("Check"), StepResult.UNPROVEN, diagnose("defect").meaning)]


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
            checks_since_pause=checks + 1, next_check_at=Now() + retry.check_after(checks + 1)
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
    return Record(
        key=new_id(),
        received_at=datetime.now(UTC),
        first_name="TEST",
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
