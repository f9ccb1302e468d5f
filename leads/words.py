"""The publisher's words for what the marketplace sends, and the colours of states."""

import json
from datetime import datetime
from typing import NamedTuple

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from integrations.contract import Arrival
from integrations.diagnosis import CATALOGUE, diagnose
from leads.intake.vocabulary import load_catalogue
from leads.marketplace.catalogue import Catalogue
from leads.marketplace.country import country_names
from leads.models import Destination
from leads.states import ARRIVAL_LABELS, AttemptResult, DeliveryState, InboundState, Stage, Withheld

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


def _catalogue() -> Catalogue:
    found: Catalogue | None = cache.get("catalogue")
    if found is None:
        found = load_catalogue()
        cache.set("catalogue", found, CACHED_SECONDS)
    return found


def action_label(code: str) -> str:
    action = _catalogue().action(code)
    return str(action.label) if action else code


def source_label(code: str) -> str:
    source = _catalogue().source(code)
    return str(source.label) if source else code


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
