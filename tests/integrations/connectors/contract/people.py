"""Records of made-up people, and what may be said of the outcomes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from integrations.contract import Failure, Outcome, Record
from integrations.diagnosis import CATALOGUE
from integrations.notes import WORDS
from tests.integrations.connectors.contract.far_side import Expected
from tests.integrations.records import failure_of

RECORD = Record(
    key=UUID("1f81eb52-5198-4599-803e-771906343485"),
    received_at=datetime(2026, 11, 22, 6, 0, 0, 123456, tzinfo=UTC),
    first_name="Zebulonia",
    last_name="Quetzalez",
    email="zebulonia.quetzalez@wolpertinger.example",
    phone="821055501234",
    country="KR",
    company="Wolpertinger",
    title="Xylographer",
    lead_source="AzureMarketplace-INS|contoso.fw",
    source="AzureMarketplace",
    action="INS",
    publisher_id="contoso",
    offer_id="fw",
    offer_title="Contoso Firewall",
    description="Need a quote for 20 jackalopes",
)
PERSONAL = (
    RECORD.first_name, RECORD.last_name, RECORD.email, RECORD.phone, RECORD.company, RECORD.title, "jackalopes",
)  # fmt: skip


def some(count: int, **changes: Any) -> list[Record]:
    """Different people: no two share key or e-mail address."""
    return [replace(RECORD, key=uuid4(), email=f"person-{n}@wolpertinger.example", **changes) for n in range(count)]


def in_short(outcome: Outcome) -> Expected:
    """What its failure says of itself."""
    found = failure_of(outcome)
    return Expected(found.kind, found.cause, found.http_status, found.retry_after)


def assert_fit_to_be_shown(outcomes: Iterable[Outcome]) -> None:
    """There are words for each cause and note, and no person stands in what the words are filled with."""
    for outcome in outcomes:
        said: list[object] = [outcome.notes]
        assert {note.code for note in outcome.notes} <= WORDS.keys()
        if isinstance(outcome.result, Failure):
            assert outcome.result.cause in CATALOGUE
            said += [outcome.result.cause, outcome.result.code, outcome.result.params]
        assert_names_nobody(repr(said))


def assert_names_nobody(text: str) -> None:
    found = [part for part in PERSONAL if part.lower() in text.lower()]
    assert not found, f"{found} in {text}"
