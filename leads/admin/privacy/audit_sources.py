"""Who did what, when, and by what way: out of the rows that are there anyway, newest first, without copying any.

Each source gives its newest rows by an index; they are merged by their times. A page begins after the place where the
last one ended, so that the tenth is found as fast as the first.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple, Self
from uuid import UUID

from axes.models import AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery, TextChoices, UUIDField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from leads.admin.operations.delivery import RELEASED
from leads.admin.personal import LOOKED
from leads.admin.privacy.request import HANDED_OUT
from leads.models import Change, Edit, ExportJob, Lead, PrivacyRequest, PurgeRun, RetentionRule
from leads.models.ids import first_id_at

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class AuditKind(TextChoices):
    LEADS = "leads", _("Leads changed")
    HELD_BACK = "held_back", _("Held-back data seen or released")
    SETTINGS = "settings", _("Settings and operation")
    EXPORTS = "exports", _("Exports")
    PRIVACY = "privacy", _("Privacy requests and clearing")
    SIGN_INS = "sign_ins", _("Sign-ins")


class Place(NamedTuple):
    """Of an entry. ``rank`` is that of its source, ``key`` the row's."""

    at: datetime
    rank: int
    key: Any

    @classmethod
    def read(cls, text: str) -> Self | None:
        """``None`` for what ``str`` never made."""
        try:
            at, rank, key = text.split("_", 2)
            moment, number = datetime.fromisoformat(at), int(rank)
            return cls(moment, number, SOURCES[number].key(key)) if moment.tzinfo and number >= 0 else None
        except (ValueError, IndexError):
            return None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.rank}_{self.key}"


@dataclass(frozen=True)
class Asked:
    """What is to be shown: of one person, of one kind, from a moment to before another."""

    user: User | None = None
    kind: AuditKind | None = None
    since: datetime | None = None
    until: datetime | None = None


class Entry(NamedTuple):
    place: Place
    kind: AuditKind
    row: Any


@dataclass(frozen=True)
class Source:
    """``rows`` are those asked for, without their times; ``at`` is their column of the time."""

    rows: Callable[[Asked], QuerySet[Any] | None]
    at: str
    kind_of: Callable[[Any], AuditKind]
    key: Callable[[str], Any] = int

    def entries(self, rank: int, asked: Asked, before: Place | None, limit: int) -> Iterator[Entry]:
        rows = self.rows(asked)
        if rows is None:
            return
        if asked.since:
            rows = rows.filter(self._from(asked.since))
        if asked.until:
            rows = rows.filter(~self._from(asked.until))
        if before:
            rows = rows.filter(self._before(rank, before))
        for row in rows.order_by(*self._order())[:limit]:
            yield Entry(Place(self.time_of(row), rank, row.pk), self.kind_of(row), row)

    def time_of(self, row: Any) -> datetime:
        moment: datetime = getattr(row, self.at)
        return moment

    def _from(self, moment: datetime) -> Q:
        return Q(**{f"{self.at}__gte": moment})

    def _before(self, rank: int, place: Place) -> Q:
        """Older, or of the same moment and after it in the list."""
        older = Q(**{f"{self.at}__lt": place.at})
        if rank > place.rank:
            return older
        same = Q(**{self.at: place.at})
        return older | (same if rank < place.rank else same & Q(pk__lt=place.key))

    def _order(self) -> tuple[str, ...]:
        return (f"-{self.at}", "-pk")


@dataclass(frozen=True)
class ByKey(Source):
    """Rows whose keys hold the time, to the millisecond (RFC 9562, version 7): they need no other index."""

    key: Callable[[str], Any] = UUID

    def time_of(self, row: Any) -> datetime:
        milliseconds: int = row.pk.int >> 80
        return EPOCH + MILLISECOND * milliseconds

    def _from(self, moment: datetime) -> Q:
        return Q(pk__gte=first_id_at(moment))

    def _before(self, rank: int, place: Place) -> Q:
        if rank == place.rank:
            return Q(pk__lt=place.key)
        whole, rest = divmod(place.at - EPOCH, MILLISECOND)
        is_older_than = whole + 1 if rest or rank < place.rank else whole
        return Q(pk__lt=UUID(int=is_older_than << 80))

    def _order(self) -> tuple[str, ...]:
        return ("-pk",)


def newest(asked: Asked, before: Place | None, limit: int) -> list[Entry]:
    """A fixed number of queries, whatever happened."""
    sources = [source.entries(rank, asked, before, limit) for rank, source in enumerate(SOURCES)]
    return list(islice(merge(*sources, key=_in_order, reverse=True), limit))


def _in_order(entry: Entry) -> tuple[datetime, int, Any]:
    """Keys are compared within one source alone."""
    return entry.place


# --- the sources ------------------------------------------------------------------------------------------------------


def _edits(asked: Asked) -> QuerySet[Edit] | None:
    if asked.kind not in (None, AuditKind.LEADS):
        return None
    changes = Change.objects.filter(edit=OuterRef("pk"))
    ends = {"first_lead": changes.order_by("lead"), "last_lead": changes.order_by("-lead")}
    leads = {name: Subquery(ordered.values("lead")[:1], output_field=UUIDField()) for name, ordered in ends.items()}
    rows = Edit.objects.select_related("actor", "activity").annotate(**leads)
    return rows.filter(actor=asked.user) if asked.user else rows


def _log(asked: Asked) -> QuerySet[LogEntry] | None:
    """What is logged of leads stands in their history, too, but for who looked at what."""
    if asked.kind in (AuditKind.LEADS, AuditKind.SIGN_INS):
        return None
    rows = LogEntry.objects.select_related("user", "content_type")
    rows = rows.filter(_LOGGED[asked.kind]()) if asked.kind else rows.filter(~_of(Lead) | _held_back() | _exports())
    return rows.filter(user=asked.user) if asked.user else rows


def _held_back() -> Q:
    return Q(change_message__in=[*in_every_language(LOOKED), *in_every_language(RELEASED)])


def _exports() -> Q:
    return _of(ExportJob) | Q(change_message__in=in_every_language(HANDED_OUT))


def _privacy() -> Q:
    return _of(PrivacyRequest, RetentionRule)


def _settings() -> Q:
    return ~(_held_back() | _exports() | _privacy() | _of(Lead))


_LOGGED: Mapping[AuditKind, Callable[[], Q]] = {
    AuditKind.HELD_BACK: _held_back,
    AuditKind.EXPORTS: _exports,
    AuditKind.PRIVACY: _privacy,
    AuditKind.SETTINGS: _settings,
}


def _of(*models: type[Model]) -> Q:
    return Q(content_type__in=[kind.pk for kind in ContentType.objects.get_for_models(*models).values()])


def in_every_language(text: str | Promise) -> list[str]:
    """What is logged is kept in the words of who did it."""
    found = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.append(str(text))
    return found


def _kind_of_log(entry: LogEntry) -> AuditKind:
    model = entry.content_type.model if entry.content_type else ""
    if entry.change_message in [*in_every_language(LOOKED), *in_every_language(RELEASED)]:
        return AuditKind.HELD_BACK
    if model == "exportjob" or entry.change_message in in_every_language(HANDED_OUT):
        return AuditKind.EXPORTS
    return AuditKind.PRIVACY if model in ("privacyrequest", "retentionrule") else AuditKind.SETTINGS


def _signed_in(asked: Asked, model: type[Model]) -> QuerySet[Any] | None:
    if asked.kind not in (None, AuditKind.SIGN_INS):
        return None
    rows = model._default_manager.all()
    return rows.filter(username=asked.user.get_username()) if asked.user else rows


def _of_privacy(asked: Asked, rows: QuerySet[Any], who: str) -> QuerySet[Any] | None:
    if asked.kind not in (None, AuditKind.PRIVACY) or (asked.user and not who):
        return None
    return rows.filter(**{who: asked.user}) if asked.user else rows


def _always(kind: AuditKind) -> Callable[[Any], AuditKind]:
    return lambda row: kind


SOURCES: tuple[Source, ...] = (
    ByKey(_edits, "at", _always(AuditKind.LEADS)),
    Source(_log, "action_time", _kind_of_log),
    Source(lambda asked: _signed_in(asked, AccessLog), "attempt_time", _always(AuditKind.SIGN_INS)),
    Source(lambda asked: _signed_in(asked, AccessFailureLog), "attempt_time", _always(AuditKind.SIGN_INS)),
    Source(
        lambda asked: _of_privacy(asked, PrivacyRequest.objects.select_related("made_by"), "made_by"),
        "made_at",
        _always(AuditKind.PRIVACY),
    ),
    Source(
        lambda asked: _of_privacy(
            asked, PrivacyRequest.objects.filter(begun_at__isnull=False).select_related("begun_by"), "begun_by"
        ),
        "begun_at",
        _always(AuditKind.PRIVACY),
    ),
    Source(lambda asked: _of_privacy(asked, PurgeRun.objects.all(), ""), "began_at", _always(AuditKind.PRIVACY)),
)
EDITS, LOG, SIGNED_IN, FAILED, REQUESTED, ERASED, PURGED = range(len(SOURCES))
