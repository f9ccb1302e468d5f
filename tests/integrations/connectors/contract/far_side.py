"""The far side of a connector: one outside system at the end of real sockets, and what it can do.

A kind is put to the contract by one subclass, named in ``far_sides``. Whatever is different about a kind stands here as
something its far side says of itself; no test asks which kind it has before it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from integrations import tokens
from integrations.contract import Arrival, Connector, FailureKind, Record
from integrations.mapping import FieldMap, Origin, Rule
from integrations.registry import connector_class
from tests.integrations.conftest import IMPATIENT


class Action(StrEnum):
    """What befalls the next calls that write."""

    RESPOND = "respond"
    DELAY = "delay"
    DROP_BEFORE = "drop_before"
    COMMIT_THEN_DROP = "commit_then_drop"
    REDIRECT = "redirect"
    PAGE = "garbage"  # HTML with 200
    CUT_OFF = "truncate"
    TRICKLE = "trickle"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """``times``: so many calls, ``None`` for all that follow. ``delay`` in seconds."""

    action: Action
    times: int | None = 1
    status: int = 503
    headers: Mapping[str, str] | None = None
    body: str = ""
    delay: float = 0.0


class Expected(NamedTuple):
    """What a failure says of itself."""

    kind: FailureKind
    cause: str
    http_status: int | None = None
    retry_after: timedelta | None = None


class Slip(StrEnum):
    """What a person may have got wrong."""

    WRONG_CREDENTIALS = "wrong credentials"
    NO_PERMISSION = "no permission"
    UNKNOWN_FIELD = "unknown mapped field"
    HOST_DOWN = "host down"


class Stored(NamedTuple):
    """A record as the far side keeps it.

    ``place`` is where it is kept. ``fields`` go by the names of ``Record``, those that have a field of their own over
    there; ``composed`` is the free text, ``everything`` all there is, so that nothing changes unnoticed.
    """

    place: str
    fields: Mapping[str, str]
    composed: str
    everything: Any


class Sent(NamedTuple):
    """A call that writes, as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Searched(NamedTuple):
    """A record that is not recognised when it comes again, but found; the settings and fields with which it is so."""

    record: Record
    typed: Mapping[str, Any]
    fields: FieldMap | None = None


class FarSide(ABC):
    """One outside system, and how a connector of the kind is opened to it."""

    kind: ClassVar[str]

    recognises_repeats: ClassVar[bool] = True
    arrival: ClassVar[Arrival] = Arrival.CREATED
    """How it tells of a new record."""
    repeat: ClassVar[Arrival] = Arrival.ALREADY_THERE
    """How it tells of a record that it has already."""
    can_be_searched: ClassVar[bool] = False
    """There are records whose repeats it does not recognise, and which can be looked for: ``searched``."""
    overwrites: ClassVar[bool] = False
    """A repeat writes the sent fields anew, over what sales people wrote into them."""
    one_call_at_a_time: ClassVar[bool] = False
    """Two calls at once could make two records; ``calls_at_once`` keeps the processes apart."""
    removes: ClassVar[bool] = True
    """Test records can be taken away again."""
    composes: ClassVar[bool] = True
    """It has a free text, which takes what has no field of its own."""
    reads_fields: ClassVar[bool] = True
    """The check brings its fields with their lengths."""
    has_tokens: ClassVar[bool] = True
    most_in_call: ClassVar[int] = 1
    calls_for_a_bad_one: ClassVar[int] = 0
    """Calls that a batch needs on top for one record in it that is refused."""
    title_limit: ClassVar[int | None] = None
    """UTF-16 units of the field that takes the job title; ``None``: it takes all that a record may hold."""
    check_shows: ClassVar[frozenset[Slip]] = frozenset(Slip)
    """What a check notices. Of the rest it must say that it is not proved."""
    is_resumed_by_hand: ClassVar[bool] = False
    """No check can prove that what it refused is put right, so that only a person ends the pause."""
    page_is_taken: ClassVar[bool] = False
    """Nothing but the status says that a record arrived: HTML with 200 is a success that is not confirmed."""
    answers_without_body: ClassVar[bool] = False
    """A success is no more than a status, so that nothing can break off after it."""
    refuses_credentials: ClassVar[Expected]
    refuses_permission: ClassVar[Expected]
    refuses_record: ClassVar[Expected | None] = None
    """One record for what is in it; ``None``: of a single record it never says anything."""
    refuses_field: ClassVar[Expected | None] = None
    """A mapped field that does not exist; ``None``: any field is as good as another."""
    differs: ClassVar[Mapping[str, Expected]] = {}
    """Where the common reading of an answer or a fault is not this kind's, by the name of the stimulus."""

    def __init__(self) -> None:
        self._opened: list[Connector] = []

    @classmethod
    @abstractmethod
    def running(cls, shared: Callable[[str], Any]) -> AbstractContextManager[Self]:
        """The system, until the block ends. ``shared`` brings a server that other tests use as well, by its fixture."""

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    @abstractmethod
    def secrets(self) -> Sequence[str]:
        """What the good credentials hold that nobody may see."""

    @property
    @abstractmethod
    def wrong_credentials(self) -> Mapping[str, Any]:
        """What a person typed wrongly."""

    @abstractmethod
    def typed(self, url: str) -> dict[str, Any]:
        """What a person types to open a connector to this address with good credentials."""

    @abstractmethod
    def make_new(self) -> None:
        """Forget everything, and set up as the good credentials need it."""

    @abstractmethod
    def records(self) -> list[Stored]:
        """In an order that stays the same."""

    @abstractmethod
    def edit(self, stored: Stored, company: str) -> None:
        """A sales person writes another company into the record."""

    @abstractmethod
    def annotate(self, stored: Stored) -> None:
        """A sales person fills in what no connector ever sends."""

    @abstractmethod
    def is_annotated(self, stored: Stored) -> bool: ...

    @abstractmethod
    def meet(self, fault: Fault) -> None:
        """Plan what befalls the next calls that write."""

    @abstractmethod
    def writes(self) -> list[Sent]:
        """The calls that wrote, or were to write, oldest first."""

    @abstractmethod
    def calls(self) -> int:
        """All calls, whatever they wanted."""

    def token_calls(self) -> int:
        return 0

    def end_tokens(self) -> None:
        """No token issued so far is good any longer."""
        raise NotImplementedError

    @abstractmethod
    def withhold_permission(self) -> None:
        """Good credentials may no longer write."""

    def refused(self, record: Record) -> Record:
        """The record, changed so that it is refused; where a kind sends one record a call, the next call may be."""
        raise NotImplementedError

    def searched(self) -> Searched:
        raise NotImplementedError

    def index_catches_up(self) -> None:  # noqa: B027 - most show at once what they have
        """Where a search shows what was written only after some time: that has passed."""

    def meet_search(self, fault: Fault) -> None:
        """Plan what befalls the next searches."""
        raise NotImplementedError

    def saying(self, text: str) -> str:
        """The body of a refusal in which this system quotes a text."""
        return text

    def as_shown(self, body: bytes) -> Any:
        """What arrived, as a preview shows it."""
        return body.decode()

    def read_preview(self, shown: str) -> Any:
        """A preview as it may be compared with ``as_shown``."""
        return shown

    # What is the same for all

    def reset(self) -> None:
        self.close()
        tokens.forget_all()
        self.make_new()

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()

    def connector(
        self, *, at: str = "", fields: FieldMap | None = None, impatient: bool = False, **typed: Any
    ) -> Connector:
        """As opened by somebody who saved the settings form. ``impatient``: it waits for an answer 0.3 seconds."""
        made = connector_class(self.kind)
        if impatient:
            made = type(f"Impatient{made.__name__}", (made,), {"limits": IMPATIENT})
        form = made.Config.of(self.typed(at or self.url) | typed)
        assert form.is_valid(), form.errors
        self._opened.append(made(form.cleaned_data, fields))
        return self._opened[-1]

    def with_unknown_field(self) -> FieldMap:
        fields = connector_class(self.kind).default_fields
        assert fields is not None
        return fields.with_rules((*fields.rules, Rule("nobody_knows_this", Origin.CONSTANT, "x")))
