"""What a file of leads says of each: the columns of the list, and how to reach the person."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from leads import words
from leads.models import Lead
from leads.person_names import full_name
from leads.states import CloseReason, Stage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 1_000

type Cell = str | int
type Values = Mapping[str, Any]


class Column(NamedTuple):
    label: "StrOrPromise"
    cell: Callable[[Values, "Wording"], Cell]


class Page(NamedTuple):
    """``last`` is the lead at which the next page begins; ``held_back`` how many of these leads a privacy rule holds
    back from others."""

    rows: list[list[Cell]]
    last: UUID
    held_back: int


class Wording:
    """Labels in the active language and moments by one person's clock."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self.action, self.source, self.country = map(
            cache, (words.action_label, words.source_label, words.country_name)
        )
        self.held_back = str(words.HELD_BACK)
        self.yes = str(_("Yes"))
        self.stages: dict[str, str] = {stage.value: str(stage.label) for stage in Stage}
        self.reasons: dict[str, str] = {reason.value: str(reason.label) for reason in CloseReason}

    def moment(self, moment: datetime | None) -> str:
        """With its offset, so that it is the same moment wherever the file is read."""
        return moment.astimezone(self.zone).isoformat(" ", "seconds") if moment else ""


def _text(name: str) -> Callable[[Values, Wording], Cell]:
    return lambda lead, wording: lead[name] or ""


def _number(name: str) -> Callable[[Values, Wording], Cell]:
    return lambda lead, wording: int(lead[name])


def _moment(name: str) -> Callable[[Values, Wording], Cell]:
    return lambda lead, wording: wording.moment(lead[name])


def _truth(name: str) -> Callable[[Values, Wording], Cell]:
    return lambda lead, wording: wording.yes if lead[name] else ""


def _personal(name: str) -> Callable[[Values, Wording], Cell]:
    return lambda lead, wording: "" if lead["is_masked"] else str(lead[name])


def _last_name(lead: Values, wording: Wording) -> Cell:
    return wording.held_back if lead["is_masked"] else str(lead["last_name"])


def _owner(lead: Values, wording: Wording) -> Cell:
    name = full_name(lead["owner__first_name"] or "", lead["owner__last_name"] or "")
    return name or lead["owner__username"] or ""


COLUMNS: tuple[Column, ...] = (
    Column(_("Lead"), lambda lead, wording: str(lead["id"])),
    Column(_("First name"), _personal("first_name")),
    Column(_("Last name"), _last_name),
    Column(_("E-mail"), _personal("email")),
    Column(_("Phone"), _personal("phone")),
    Column(_("Company"), _personal("company")),
    Column(_("Job title"), _personal("title")),
    Column(_("Country"), lambda lead, wording: wording.country(lead["country_code"], lead["country"])),
    Column(_("Offer"), lambda lead, wording: lead["offer__name"] or lead["offer_title"]),
    Column(_("Wants"), lambda lead, wording: wording.action(lead["action"])),
    Column(_("Source"), lambda lead, wording: wording.source(lead["source"])),
    Column(_("Stage"), lambda lead, wording: wording.stages[lead["stage"]]),
    Column(_("Why closed"), lambda lead, wording: wording.reasons.get(lead["close_reason"], "")),
    Column(_("Owner"), _owner),
    Column(_("Team"), _text("team__name")),
    Column(_("Score"), _number("score")),
    Column(_("Due"), _moment("due_at")),
    Column(_("First contact"), _moment("contacted_at")),
    Column(_("Touches"), _number("touch_count")),
    Column(_("First touch"), _moment("first_touch_at")),
    Column(_("Last touch"), _moment("last_touch_at")),
    Column(_("Test lead"), _truth("is_test")),
    Column(_("Do not contact"), _truth("is_dnc")),
)

_READ = (
    *("id", "first_name", "last_name", "email", "phone", "company", "title", "country", "country_code"),
    *("offer__name", "offer_title", "action", "source", "stage", "close_reason"),
    *("owner__first_name", "owner__last_name", "owner__username", "team__name", "score", "due_at", "contacted_at"),
    *("touch_count", "first_touch_at", "last_touch_at", "is_test", "is_dnc", "is_private", "is_masked"),
)


def headers() -> list[str]:
    return [str(column.label) for column in COLUMNS]


def pages_of(leads: QuerySet[Lead], wording: Wording, after: UUID | None = None) -> Iterator[Page]:
    """In the order of their ids, a page at a time: as many leads as there may be, in the memory of one page."""
    while True:
        following = leads.filter(pk__gt=after) if after else leads
        found = list(following.order_by("pk").values(*_READ)[:PAGE])
        if not found:
            return
        after = found[-1]["id"]
        held_back = sum(lead["is_private"] and not lead["is_masked"] for lead in found)
        yield Page([_cells(lead, wording) for lead in found], after, held_back)
        if len(found) < PAGE:
            return


def _cells(lead: Values, wording: Wording) -> list[Cell]:
    return [column.cell(lead, wording) for column in COLUMNS]
