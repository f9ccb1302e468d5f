"""Look before repeating: what an earlier try may have made is searched for over there, and sent only if it is not."""

import logging
from dataclasses import replace
from datetime import timedelta

from integrations import notes
from integrations.contract import Connector, Delivered, Failure, FailureKind, Outcome, Record
from leads.defects import where
from leads.delivery.translating import record_of
from leads.models import Delivery

logger = logging.getLogger(__name__)


def look_after(connector: Connector, delivery: Delivery) -> timedelta | None:
    """How long after a try that left a doubt its record can be looked for; ``None`` where a person must look."""
    try:
        return connector.findable_after(record_of(delivery))
    except Exception as error:
        logger.error("Connector %s failed: %s", type(connector).__name__, where(error))
        return None


def look(connector: Connector, record: Record) -> Outcome | None:
    """What a search says of the record, and nothing is to be sent; ``None`` where it is not there."""
    outcome = _found(connector, record)
    if outcome is None:
        return None
    note = notes.FOUND if isinstance(outcome.result, Delivered) else notes.NOT_FOUND_OUT
    return replace(outcome, notes=(note, *outcome.notes))


def after_look(outcome: Outcome) -> Outcome:
    """Of a record that was looked for, was not there, and was sent."""
    return replace(outcome, notes=(notes.NOT_FOUND, *outcome.notes))


def _found(connector: Connector, record: Record) -> Outcome | None:
    try:
        if connector.findable_after(record) is None:  # the settings have changed since it was sent
            return Outcome(record.key, Failure(kind=FailureKind.DEFECT, cause="may_have_arrived"))
        return connector.find(record)
    except Exception as error:
        logger.error("Connector %s failed: %s", type(connector).__name__, where(error))
        return Outcome(record.key, Failure(kind=FailureKind.DEFECT, cause="defect"))
