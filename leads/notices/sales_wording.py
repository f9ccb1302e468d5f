"""What sales people are told, in the active language and time zone: plain text for a mail or a chat.

Offer, action, source, country and times, and where to look at the lead; of the person nothing, unless the installation
is set to name them, and then not where a privacy rule holds them back. Subjects name nobody: they are shown on locked
screens.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _

from leads.intake.vocabulary import load_catalogue
from leads.marketplace.catalogue import Catalogue
from leads.marketplace.cleaning import clean_line
from leads.marketplace.country import country_names
from leads.models import Lead, Task
from leads.notices.matters import MOST, Matter, Why
from leads.states import SalesKind

OF_OTHERS = (SalesKind.NEW, SalesKind.OVERDUE, SalesKind.HANDED_ON, SalesKind.UNATTENDED)
"""Of these the lead may be somebody else's."""
LONGEST_SUBJECT = 120
LONGEST_NAME = 100


class Message(NamedTuple):
    """``path`` is the page where to act on all of it, without scheme and host."""

    subject: str
    text: str
    path: str


def message_of(matters: Sequence[Matter]) -> Message:
    words = _Words(load_catalogue())
    first = matters[0]
    subject = words.headline(first)
    if len(matters) > 1:
        more = len(matters) - 1
        text = ngettext("%(first)s, and %(count)d more thing", "%(first)s, and %(count)d more things", more)
        subject = text % {"first": subject, "count": more}
    elif first.count == 1 and (offer := words.offer(first.leads[0])):
        subject = f"{subject}: {offer}"
    text = "\n\n".join(words.section(matter) for matter in matters)
    path = path_of(first.leads[0]) if len(matters) == first.count == 1 else page_of(first.why.kind)
    return Message(short(subject, LONGEST_SUBJECT), text, path)


class Detail(NamedTuple):
    """``speaks_for_itself``: on a line of several, it needs no label."""

    label: str
    value: str
    speaks_for_itself: bool = True


class _Words:
    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.countries = country_names(to_locale(get_language() or "en"))

    def section(self, matter: Matter) -> str:
        if matter.count == 1:
            lines = [f"{one.label}: {one.value}" for one in self.details(matter, 0)]
            lead = matter.leads[0]
            to_open, address = _("Open it") if lead.owner else _("Open it and take it"), address_of(path_of(lead))
            return "\n".join([f"{self.headline(matter)}.", "", *lines, "", f"{to_open}: {address}"])
        lines = [self.line(matter, place) for place in range(len(matter.leads))]
        more = matter.count - len(matter.leads)
        if more:
            to_all = ngettext("%(count)d more", "%(count)d more", more) % {"count": more}
            lines.append(f"… {to_all}")
        return "\n".join([f"{self.headline(matter)}:", "", *lines, "", address_of(page_of(matter.why.kind))])

    def line(self, matter: Matter, place: int) -> str:
        details = self.details(matter, place)
        what = " · ".join(one.value if one.speaks_for_itself else f"{one.label}: {one.value}" for one in details)
        return f"- {what}\n  {address_of(path_of(matter.leads[place]))}"

    def headline(self, matter: Matter) -> str:
        why, count = matter.why, matter.count
        words = {"count": count if count <= MOST else f"{MOST}+", "name": short(why.by), "rule": short(why.rule)}
        return _headline(why)(count) % words

    def details(self, matter: Matter, place: int) -> list["Detail"]:
        lead, task = matter.leads[place], matter.tasks[place] if matter.tasks else None
        action, source = self.catalogue.action(lead.action), self.catalogue.source(lead.source)
        is_awaited = lead.answer_by and lead.contacted_at is None and not task
        owner = lead.owner if matter.why.kind in OF_OTHERS else None
        all_of_them = [
            Detail(_("Task"), self.task(task) if task else ""),
            Detail(_("Customer"), _person(lead)),
            Detail(_("Offer"), self.offer(lead)),
            Detail(_("Action"), short(str(action.label) if action else lead.action)),
            Detail(_("Source"), short(str(source.label) if source else lead.source)),
            Detail(_("Country"), self.countries.get(lead.country_code, "")),
            Detail(_("Came"), moment(lead.last_touch_at), False),
            Detail(_("Answer by"), moment(lead.answer_by) if is_awaited and lead.answer_by else "", False),
            Detail(_("Owner"), short(owner.get_full_name() or owner.get_username()) if owner else "", False),
        ]
        return [one for one in all_of_them if one.value]

    def task(self, task: Task) -> str:
        """What somebody wrote may name the person."""
        what = str(task.get_kind_display())
        text = short(task.text) if settings.LEADCRM_NOTICES_NAME_PEOPLE and not task.lead.is_private else ""
        return f"{text or what} ({moment(task.due_at)})"

    def offer(self, lead: Lead) -> str:
        return short(lead.offer.name if lead.offer else lead.offer_title)


def _person(lead: Lead) -> str:
    if not settings.LEADCRM_NOTICES_NAME_PEOPLE or lead.is_private:
        return ""
    return ", ".join(filter(None, (short(lead.person_name), short(lead.company))))


def _headline(why: Why) -> Callable[[int], str]:
    """By how many leads there are. A number of its own for each, as languages need it."""
    if why.kind is SalesKind.GIVEN:
        return _headline_of_given(why)
    if why.is_stuck:
        return lambda n: ngettext(
            "%(count)s overdue lead stays where it is: nobody else is there",
            "%(count)s overdue leads stay where they are: nobody else is there",
            n,
        )
    return HEADLINES[why.kind]


def _headline_of_given(why: Why) -> Callable[[int], str]:
    if why.cause:
        return lambda n: ngettext(
            "%(count)s lead handed on to you: nobody had answered in time",
            "%(count)s leads handed on to you: nobody had answered in time",
            n,
        )
    if why.by:
        return lambda n: ngettext(
            "%(count)s lead given to you by %(name)s", "%(count)s leads given to you by %(name)s", n
        )
    if why.rule:
        return lambda n: ngettext(
            "%(count)s lead for you by the rule “%(rule)s”", "%(count)s leads for you by the rule “%(rule)s”", n
        )
    return lambda n: ngettext("%(count)s lead for you", "%(count)s leads for you", n)


HEADLINES: dict[SalesKind, Callable[[int], str]] = {
    SalesKind.NEW: lambda n: ngettext("%(count)s new lead", "%(count)s new leads", n),
    SalesKind.AGAIN: lambda n: ngettext(
        "%(count)s person came again whose lead is yours", "%(count)s people came again whose leads are yours", n
    ),
    SalesKind.DUE_SOON: lambda n: ngettext("%(count)s answer is due soon", "%(count)s answers are due soon", n),
    SalesKind.OVERDUE: lambda n: ngettext("%(count)s answer is overdue", "%(count)s answers are overdue", n),
    SalesKind.HANDED_ON: lambda n: ngettext(
        "%(count)s lead went to somebody else: nobody had answered in time",
        "%(count)s leads went to somebody else: nobody had answered in time",
        n,
    ),
    SalesKind.TASK_DUE: lambda n: ngettext("%(count)s task is due", "%(count)s tasks are due", n),
    SalesKind.UNATTENDED: lambda n: ngettext(
        "%(count)s lead that nobody attends to", "%(count)s leads that nobody attends to", n
    ),
}


def short(text: str, longest: int = LONGEST_NAME) -> str:
    """On one line, without characters that could end it, and without an address that a mail program would make a link
    of: what the marketplace sends is not what we say."""
    line = " ".join(clean_line(text).split()).replace("://", ": //")
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def path_of(lead: Lead) -> str:
    return reverse("admin:leads_lead_change", args=[lead.pk])


PAGES = {
    SalesKind.NEW: "admin:leads_my_queue",
    SalesKind.TASK_DUE: "admin:leads_my_tasks",
    SalesKind.OVERDUE: "admin:leads_unattended",
    SalesKind.UNATTENDED: "admin:leads_unattended",
}


def page_of(kind: SalesKind) -> str:
    """Where all leads of this kind are together."""
    page = reverse(PAGES.get(kind, "admin:leads_my_queue"))
    return f"{page}?tab=unassigned" if kind is SalesKind.NEW else page


def address_of(path: str) -> str:
    return f"{settings.LEADCRM_PUBLIC_URL}{path}"
