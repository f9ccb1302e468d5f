"""The border to the outside world: records go in, one outcome per record comes out.

A connector translates a ``Record`` into its system's words, sends it, and says what happened. It knows nothing of
rows, queues or retries; the delivery engine decides what an outcome means for the delivery and for the destination.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from uuid import UUID

from django.utils.functional import Promise

from integrations.config_form import ConfigForm

if TYPE_CHECKING:
    from integrations.mapping import FieldMap, TargetField


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One touch in neutral words. Empty text means "not given"; texts are clean (NFC, no control characters).

    ``key`` is the identity of the record at every destination: the same for every try, for ever.
    ``lead_source`` is the marketplace's raw text; ``source`` … ``offer_id`` are its parsed parts.
    """

    key: UUID
    received_at: datetime
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    company: str = ""
    title: str = ""
    lead_source: str = ""
    source: str = ""
    action: str = ""
    publisher_id: str = ""
    offer_id: str = ""
    offer_title: str = ""
    description: str = ""
    is_test: bool = False
    is_dnc: bool = False


class Arrival(StrEnum):
    """How a record arrived, as far as the other side tells. ``DOUBTFUL``: something took it, and did not answer as this
    kind of system does."""

    CREATED = "created"
    UPDATED = "updated"
    ALREADY_THERE = "already_there"
    UNCONFIRMED = "unconfirmed"
    DOUBTFUL = "doubtful"


class FailureKind(StrEnum):
    """Failures sorted by who must act."""

    TEMPORARY = "temporary"
    UNANSWERED = "unanswered"
    THROTTLED = "throttled"
    MISCONFIGURED = "misconfigured"
    REJECTED = "rejected"
    DEFECT = "defect"


STOPPING = frozenset({FailureKind.MISCONFIGURED, FailureKind.THROTTLED})
"""What these say holds for every record: those that have not been sent are not sent now."""


class Escalation(NamedTuple):
    """A failure that counts as another kind once a record has met it, by its cause, in so many tries."""

    tries: int
    kind: FailureKind


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has the record. ``external_url`` opens it for a person, where the system has such pages."""

    arrival: Arrival
    external_id: str = ""
    external_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the other side does not have the record, or may not have it.

    ``cause`` is a key of ``integrations.diagnosis``, where people's words for it live; ``detail`` is the other
    side's own text, redacted. ``params`` are the names that the cause's words speak of: a field, a privilege, a table;
    never a person's data. ``retry_after`` is how long the other side asked to be left alone.
    ``escalates``: what may pass by itself is taken for good after some tries.
    ``resumes_itself`` is false when no check can prove that the destination takes records again (410 Gone: the
    receiver asked us to stop), so that only a person resumes it.
    ``is_safe_to_repeat`` is for a record with which it is otherwise than ``Connector.recognises_repeats`` says: false
    where this one, if it arrived, would not be recognised (it may still be looked for: ``Connector.findable_after``);
    true where it surely did not arrive.
    """

    kind: FailureKind
    cause: str
    detail: str = ""
    code: str = ""
    http_status: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    retry_after: timedelta | None = None
    resumes_itself: bool = True
    escalates: Escalation | None = None
    is_safe_to_repeat: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What went over the wire in one try, redacted and cut: for the people who read the attempt."""

    method: str
    url: str
    request_headers: Mapping[str, str] = field(default_factory=dict)
    request_body: str = ""
    response_status: int | None = None
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""


class Note(NamedTuple):
    """Something worth knowing about how a record was sent: ``code`` is a key of ``integrations.notes``; ``params`` hold
    names and numbers, never a person's data."""

    code: str
    params: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to the record with this key."""

    key: UUID
    result: Delivered | Failure
    exchange: Exchange | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent for a record: an exchange without an answer, or why nothing would be sent."""

    exchange: Exchange | None = None
    notes: tuple[Note, ...] = ()
    refused: Failure | None = None


class StepResult(StrEnum):
    """A check is good when no step of it is FAILED. WARNING: works today, but a person should see to it."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One thing a check looked at. ``label`` and ``detail`` are shown to people."""

    label: str | Promise
    result: StepResult
    detail: str | Promise = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found. ``fields`` is what the other side said of its own fields; empty where it said nothing."""

    steps: list[CheckStep]
    fields: "tuple[TargetField, ...]" = ()


@dataclass(frozen=True, slots=True)
class CredentialEnd:
    """When one of the credentials ends; ``name`` is the settings field that holds it, ``label`` is for people."""

    name: str
    label: str | Promise
    on: date


class MostCalls(NamedTuple):
    """So many calls in so many seconds."""

    calls: int
    seconds: int


class Connector(ABC):
    """One kind of outside system. A connector is kept while its settings stay, and used by several threads at once.

    Adding a kind is one subclass in ``connectors/`` and one line in ``registry``.
    """

    label: ClassVar[str | Promise]
    Config: ClassVar[type[ConfigForm]]
    batch_limit: ClassVar[int] = 1
    """Most records in one call of ``deliver``. With 1, the engine makes several calls at once."""
    calls_at_once: ClassVar[int] = 4
    """How many calls a new destination may have under way. 1 where two at once could make two people out of one."""
    most_calls: ClassVar[MostCalls | None] = None
    """How many a new destination may be given in a time, where the vendor limits that; ``None``: any number."""
    default_fields: "ClassVar[FieldMap | None]" = None
    """The fields over there that are known beforehand and the rules a new destination begins with; ``None`` where the
    body has a fixed form."""

    def __init__(self, config: Mapping[str, Any], fields: "FieldMap | None" = None) -> None:
        """``config`` is the cleaned data of ``Config``, secrets included; ``fields`` the destination's own mapping."""
        self.config = config
        self.fields = fields or self.default_fields

    @property
    def recognises_repeats(self) -> bool:
        """True: the same key twice makes one record over there, so an unanswered try may simply be repeated."""
        return True

    def recognises(self, record: Record) -> bool:
        """The same of one record, where that depends on what it holds."""
        return self.recognises_repeats

    @abstractmethod
    def check(self) -> CheckReport:
        """Prove as much of the settings as can be proved without writing anything at the other side.

        Faults of the network and refusals are steps that failed, never exceptions.
        """

    @abstractmethod
    def preview(self, record: Record) -> Preview:
        """What ``deliver`` would send for this record. Nothing is sent."""

    @abstractmethod
    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        """Send the records; one outcome for each. Texts in outcomes are redacted.

        A record without an outcome counts as unanswered; an exception as a defect of ours.
        """

    def findable_after(self, record: Record) -> timedelta | None:
        """How long after a try a search over there shows for certain whether that try made the record: until then it
        may still be at work on it, or its index behind. ``None`` where no search would show it.

        For records whose repeats are not recognised. No call is made. What an earlier try may have made is then looked
        for before it is sent again, instead of being left to a person.
        """
        return None

    def find(self, record: Record) -> Outcome | None:
        """Look for a record of which ``findable_after`` names a time, by what no other record over there holds.

        ``Delivered`` where it is there. ``None``: it is certainly not there, and is sent at once. A failure: that is
        not known. Nothing is written over there.
        """
        raise NotImplementedError

    def remove(self, delivered: Delivered, key: UUID) -> bool:
        """Take a test record away again. False where that is not possible: then it stays over there."""
        return False

    @classmethod
    def credential_ends(cls, config: Mapping[str, Any]) -> list[CredentialEnd]:
        """The credentials whose end is known, from the cleaned settings alone."""
        return []

    def close(self) -> None:  # noqa: B027 - most connectors hold nothing that needs closing
        """Give back what the connector holds open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
