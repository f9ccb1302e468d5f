"""The publisher's words for what the marketplace sends, and the colours of states."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from integrations.contract import Arrival
from integrations.diagnosis import CATALOGUE, diagnose
from leads.intake.vocabulary import load_catalogue
from leads.marketplace.catalogue import Catalogue
from leads.marketplace.country import country_names
from leads.models import Destination, Lead, ScoreRule
from leads.states import (
    ARRIVAL_LABELS,
    AttemptResult,
    DeliveryState,
    EditCause,
    InboundState,
    Sharing,
    Stage,
    Withheld,
)

CACHED_SECONDS = 15

TONES: dict[str, dict[str, str]] = {
    "delivery": {
        DeliveryState.QUEUED: "wait",
        DeliveryState.SENDING: "wait",
        DeliveryState.DELIVERED: "good",
        DeliveryState.FAILED: "bad",
        DeliveryState.WITHHELD: "mute",
        DeliveryState.CANCELLED: "mute",
    },
    "inbound": {
        InboundState.RECEIVED: "wait",
        InboundState.ACCEPTED: "good",
        InboundState.REPEAT: "mute",
        InboundState.REJECTED: "bad",
    },
    "stage": {
        Stage.NEW: "fresh",
        Stage.CONTACTED: "wait",
        Stage.QUALIFIED: "wait",
        Stage.WON: "good",
        Stage.LOST: "mute",
        Stage.DISCARDED: "mute",
    },
    "result": {
        AttemptResult.DELIVERED: "good",
        AttemptResult.NOT_SENT: "mute",
        AttemptResult.THROTTLED: "wait",
        AttemptResult.TEMPORARY: "warn",
        AttemptResult.UNANSWERED: "warn",
        AttemptResult.MISCONFIGURED: "bad",
        AttemptResult.REJECTED: "bad",
        AttemptResult.DEFECT: "bad",
    },
}


def pill(text: object, tone: str, hint: object = "") -> SafeString:
    """A small coloured label. The words carry the meaning, the colour only repeats it."""
    return format_html('<span class="lc-pill lc-{}" title="{}">{}</span>', tone, hint, text)


def state_pill(kind: str, value: str, label: object, hint: object = "") -> SafeString:
    return pill(label, TONES[kind].get(value, "mute"), hint)


_loaded: dict[str, Catalogue] = {}


def _catalogue() -> Catalogue:
    """The cache only says how long it holds: taking all the labels out of it would take a millisecond for each row of a
    list."""
    if not _loaded or cache.get("catalogue") is None:
        _loaded["catalogue"] = load_catalogue()
        cache.set("catalogue", True, CACHED_SECONDS)
    return _loaded["catalogue"]


def action_label(code: str) -> str:
    action = _catalogue().action(code)
    return str(action.label) if action else code


def source_label(code: str) -> str:
    source = _catalogue().source(code)
    return str(source.label) if source else code


def warmth_of(code: str) -> str:
    """How much an action says of somebody's interest; empty where it is not known."""
    action = _catalogue().action(code)
    return action.warmth if action else ""


def action_choices() -> list[tuple[str, "str | Promise"]]:
    return [(action.code, action.label) for action in _catalogue().actions]


def source_choices() -> list[tuple[str, "str | Promise"]]:
    return [(source.code, source.label) for source in _catalogue().sources]


def country_name(code: str, given: str = "") -> str:
    """The country's everyday name; what the customer typed where it is not certain."""
    return _countries().get(code, given)


def country_choices() -> list[tuple[str, str]]:
    return sorted(_countries().items(), key=lambda choice: choice[1])


def _countries() -> dict[str, str]:
    return country_names(to_locale(get_language() or "en"))


def score_reason(reason: Mapping[str, Any]) -> str:
    """One of a lead's ``score_reasons``: "+20 The action is Contact me"."""
    return f"{reason['points']:+d} {score_trait(reason['trait'], reason['value'])}"


def score_trait(trait: str, value: str) -> str:
    """What a score rule looks for, with what it compares it."""
    text = str(ScoreRule.Trait(trait).label) if trait in ScoreRule.Trait.values else _("Set by hand")
    named: dict[str, Callable[[str], str]] = {
        ScoreRule.Trait.ACTION: action_label,
        ScoreRule.Trait.COUNTRY: country_name,
    }
    return " ".join(filter(None, (text, named.get(trait, str)(value))))


def person(user: User | None) -> str:
    """A colleague, by name where they have given one."""
    return (user.get_full_name() or user.get_username()) if user else _("somebody who is gone")


WHY_ASSIGNED = {
    Sharing.IN_TURN.value: gettext_lazy("In turn, by the rule “%(rule)s”"),
    Sharing.LEAST_BUSY.value: gettext_lazy("As the one with the fewest open leads, by the rule “%(rule)s”"),
    Sharing.WHO_TAKES.value: gettext_lazy("Open to whoever takes it, by the rule “%(rule)s”"),
    EditCause.CLOCK.value: gettext_lazy("Nobody had answered in time; handed on by the rule “%(rule)s”"),
    "by_hand": gettext_lazy("Given by hand"),
}


def why_assigned(why: Mapping[str, str]) -> str:
    """A lead's ``why_assigned`` in words; empty where nothing is known."""
    text = WHY_ASSIGNED.get(why.get("code", ""))
    return str(text) % {"rule": why.get("rule", "")} if text else ""


def field_label(name: str) -> str:
    """A lead's field as people call it."""
    field = Lead._meta.get_field(name)
    return capfirst(str(getattr(field, "verbose_name", name)))


HELD_BACK = gettext_lazy("Held back by a privacy rule")


def join_words(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def reason_text(code: str, names: dict[str, str] | None = None) -> str:
    """Why a delivery waits, failed or is withheld, in one sentence; ``names`` are those that the cause speaks of."""
    return str(Withheld(code).label) if code in Withheld.values else str(diagnose(code, names).meaning)


WITHHELD_REMEDIES = {
    Withheld.TEST: gettext_lazy("Nothing to do. The destination's settings can let test leads through."),
    Withheld.DO_NOT_CONTACT: gettext_lazy("Nothing to do: the person asked to be contacted by another company."),
    Withheld.PRIVACY: gettext_lazy("Whoever may see the personal data can release it, or change the privacy rule."),
}


def reason_remedy(code: str, names: dict[str, str] | None = None) -> str:
    """What to do about it."""
    return str(WITHHELD_REMEDIES[Withheld(code)] if code in Withheld.values else diagnose(code, names).remedy)


class Standstill(NamedTuple):
    """Why nothing goes to a destination now. ``until`` is ``None`` where that is for a check or a person to end."""

    why: str
    until: datetime | None = None


def standstill(destination: Destination) -> Standstill | None:
    """``None`` where leads get through. Reads the gate: lists load it along."""
    gate = destination.gate
    if not destination.enabled:
        return Standstill(_("The destination is disabled."))
    if gate.paused_at and gate.pause_cause:
        cause = reason_text(gate.pause_cause, gate.pause_params)
        return Standstill(_("The destination is paused: %(cause)s") % {"cause": cause})
    if gate.paused_at:
        return Standstill(_("The destination is paused."))
    if gate.is_held:
        return Standstill(reason_text("throttled"), gate.held_until)
    if gate.broken_at:
        return Standstill(_("The destination does not answer. Single leads find out when it does."), gate.probe_at)
    return None


def pretty(text: str) -> str:
    """JSON on several lines, everything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def reason_choices() -> list[tuple[str, str]]:
    known = [*CATALOGUE, *Withheld.values]
    return sorted(((code, reason_text(code)) for code in known), key=lambda choice: choice[1])


def arrival_text(arrival: Arrival) -> str:
    return str(ARRIVAL_LABELS[arrival])
