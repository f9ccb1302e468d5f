"""What changed of a lead, in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leads import words
from leads.models import Change, Edit, Lead, Offer, Team
from leads.sales.contact_facts import FACTS
from leads.states import CloseReason, EditCause, Stage

HIDDEN = (
    "seen_at",
    "routed_at",
    "contacted_at",
    "opened_at",
    "answer_by",
    "alarm_at",
    "alarms",
    "why_assigned",
    "rule_id",
    "close_reason",
    "score_reasons",
    "needs_assignment",
    "join_key",
    "touch_count",
    "first_touch_at",
    "last_touch_at",
)
"""Fields that say nothing by themselves: what goes with them does."""
LONGEST = 80  # characters of a value


@dataclass(frozen=True)
class ChangeWords:
    """The names of the rows that the changes speak of. ``may_see``: whether the reader may see personal data."""

    users: dict[int, User]
    teams: dict[int, Team]
    offers: dict[int, Offer]
    leads: dict[UUID, Lead]
    may_see: bool

    @classmethod
    def of(cls, changes: Sequence[Change], *, may_see: bool) -> Self:
        """At most four queries."""
        return cls(
            _named(User.objects.in_bulk, changes, "owner_id"),
            _named(Team.objects.in_bulk, changes, "team_id"),
            _named(Offer.objects.in_bulk, changes, "offer_id"),
            _named(Lead.objects.in_bulk, changes, "absorbed", "merged_into"),
            may_see,
        )

    def lines(self, changes: Iterable[Change]) -> list[str]:
        """One for each field that says something."""
        by_field = {change.field: change for change in changes}
        closing = by_field.get("close_reason")
        reason = str(closing.after or "") if closing else ""
        return [self._line(change, reason) for change in by_field.values() if change.field not in HIDDEN]

    def _line(self, change: Change, reason: str) -> str:
        before: Any = change.before
        after: Any = change.after
        match change.field:
            case "stage":
                return _stage(before, after, reason)
            case "owner_id":
                return self._owner(before, after)
            case "snoozed_until":
                return _("Sleeps until %(time)s") % {"time": _time(after)} if after else _("Woken up")
            case "team_id":
                return _arrow(_("Team"), _name(self.teams, before), _name(self.teams, after))
            case "offer_id":
                return _arrow(_("Offer"), _name(self.offers, before), _name(self.offers, after))
            case "action":
                before, after = words.action_label(before or ""), words.action_label(after or "")
            case "source":
                before, after = words.source_label(before or ""), words.source_label(after or "")
            case "absorbed":
                return self._absorbed(before, after)
            case "merged_into":
                return self._survivor(before, after)
            case "country_code":
                before, after = words.country_name(before or ""), words.country_name(after or "")
        label = words.field_label(change.field)
        if change.field in FACTS and not self.may_see:
            return _("%(field)s changed") % {"field": label}
        return _arrow(label, _shown(before), _shown(after))

    def _absorbed(self, before: str | None, after: str | None) -> str:
        text = _("Merged with %(lead)s") if after else _("Split from %(lead)s")
        return text % {"lead": self._lead(after or before)}

    def _survivor(self, before: str | None, after: str | None) -> str:
        text = _("Became part of %(lead)s") if after else _("A lead by itself again, apart from %(lead)s")
        return text % {"lead": self._lead(after or before)}

    def _lead(self, key: str | None) -> str:
        lead = self.leads.get(UUID(key)) if key else None
        if lead is None:
            return _("a lead that is gone")
        if not self.may_see:  # they are one person, whose name may be held back on one side only
            return _("another lead")
        return str(words.HELD_BACK if lead.is_private else lead)

    def _owner(self, before: int | None, after: int | None) -> str:
        names = {"from": _name(self.users, before), "to": _name(self.users, after)}
        if after is None:
            return _("Given back by %(from)s: nobody's again") % names
        if before is None:
            return _("Owner: %(to)s") % names
        return _("Owner: %(from)s → %(to)s") % names


def why(edit: Edit) -> str:
    """Who or what it was."""
    rule, who = edit.params.get("rule", ""), words.person(edit.actor) if edit.actor else ""
    match EditCause(edit.cause) if edit.cause in EditCause.values else None:
        case EditCause.RULE:
            return _("by the rule “%(rule)s”") % {"rule": rule}
        case EditCause.CLOCK:
            return _("nobody had answered in time")
        case EditCause.UNDO:
            return _("undone by %(name)s") % {"name": who}
        case EditCause.PERSON | EditCause.MERGE | None:
            return _("by %(name)s") % {"name": who} if who else ""
        case cause:
            return words.join_words(str(cause.label), who)


def _stage(before: str, after: str, reason: str) -> str:
    text = _arrow(_("Stage"), _label(Stage, before), _label(Stage, after))
    return f"{text} ({_label(CloseReason, reason)})" if reason else text


def _arrow(label: str, before: str, after: str) -> str:
    return f"{label}: {before} → {after}"


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


def _name(rows: dict[int, Any], key: int | None) -> str:
    if key is None:
        return "–"
    row = rows.get(key)
    return _("somebody who is gone") if row is None else words.person(row) if isinstance(row, User) else str(row)


def _time(stored: Any) -> str:
    moment = parse_datetime(stored) if isinstance(stored, str) else stored
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else "–"


def _shown(value: Any) -> str:
    text = "–" if value in (None, "") else {True: _("yes"), False: _("no")}.get(value, str(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _named[Key, Row](
    find: Callable[[list[Any]], dict[Key, Row]], changes: Sequence[Change], *names: str
) -> dict[Key, Row]:
    concerned = [change for change in changes if change.field in names]
    keys = {key for change in concerned for key in (change.before, change.after) if key is not None}
    return find(sorted(keys)) if keys else {}
