"""A record as connectors get it, others like it, and the two ways in which an outcome can be read."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from integrations.contract import Delivered, Failure, FailureKind, Outcome, Record

KEY = UUID("1f81eb52-5198-4599-803e-771906343485")
RECORD = Record(
    key=KEY,
    received_at=datetime(2026, 11, 22, 6, 0, 0, 123456, tzinfo=UTC),
    first_name="Mina",
    last_name="Park",
    email="mina.park@fabrikam.example",
    phone="821055501234",
    country="KR",
    company="Fabrikam",
    title="IT manager",
    lead_source="AzureMarketplace-INS|contoso.fw",
    source="AzureMarketplace",
    action="INS",
    publisher_id="contoso",
    offer_id="fw",
    offer_title="Contoso Firewall",
    description="Need a quote for 20 seats",
)


def some(count: int, **changes: Any) -> list[Record]:
    """Different people, unless their address is given."""
    return [replace(RECORD, key=uuid4(), **{"email": f"person-{n}@fabrikam.example"} | changes) for n in range(count)]


def delivered(outcome: Outcome) -> Delivered:
    assert isinstance(outcome.result, Delivered), outcome.result
    return outcome.result


def failure_of(outcome: Outcome) -> Failure:
    assert isinstance(outcome.result, Failure), outcome.result
    return outcome.result


def kind_and_cause(outcome: Outcome) -> tuple[FailureKind, str]:
    failure = failure_of(outcome)
    return failure.kind, failure.cause
