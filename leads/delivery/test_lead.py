"""The test lead: one marked record that goes the real way, and is taken away again where the system lets us."""

import logging
from datetime import UTC, datetime

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.contract import (
    Arrival,
    CheckStep,
    Connector,
    Delivered,
    Failure,
    FailureKind,
    Outcome,
    Record,
)
from leads.defects import where
from leads.delivery.connecting import CannotConnect, open_connector
from leads.models import Destination
from leads.models.ids import new_id
from leads.states import ProofKind

logger = logging.getLogger(__name__)

ARRIVED = {
    Arrival.CREATED: _("It arrived as a new record."),
    Arrival.UPDATED: _("It arrived: an existing person was updated."),
    Arrival.ALREADY_THERE: _("It arrived, and was there already."),
    Arrival.UNCONFIRMED: _("It was taken. This system does not confirm what it stores: look there for it."),
    Arrival.DOUBTFUL: _("Something took it, but did not answer like this system: check the address, and look there."),
}
REMOVED = _("It was removed again over there.")
STAYS = _("It stays over there: delete it by hand.")


def send_test_lead(destination: Destination) -> CheckStep:
    """Send one clearly marked record through the connector's real way; says what became of it. None of it is kept."""
    record = _test_record()
    try:
        with open_connector(destination) as connector:
            outcome = _outcome_of(connector, record)
            return _step(outcome, is_removed=_removed(connector, outcome))
    except CannotConnect as error:
        return _step(Outcome(record.key, error.failure), is_removed=False)


def _step(outcome: Outcome, *, is_removed: bool) -> CheckStep:
    label, result = ProofKind.TEST_LEAD.label, outcome.result
    if isinstance(result, Failure):
        return check_steps.failed(label, result)
    detail: Promise = format_lazy("{} {}", ARRIVED[result.arrival], REMOVED if is_removed else STAYS)
    if result.arrival in (Arrival.UNCONFIRMED, Arrival.DOUBTFUL):
        return check_steps.warning(label, detail)
    return check_steps.passed(label, detail)


def _outcome_of(connector: Connector, record: Record) -> Outcome:
    try:
        return next(iter(connector.deliver([record])))
    except Exception as error:
        logger.error("The test lead through %s failed: %s", type(connector).__name__, where(error))
        return Outcome(record.key, Failure(kind=FailureKind.DEFECT, cause="defect"))


def _removed(connector: Connector, outcome: Outcome) -> bool:
    if not isinstance(outcome.result, Delivered):
        return False
    try:
        return connector.remove(outcome.result, outcome.key)
    except Exception as error:
        logger.error("The test lead through %s stays: %s", type(connector).__name__, where(error))
        return False


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
