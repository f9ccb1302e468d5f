"""Whether leads get through to a destination, and what was last asked of it."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from integrations.contract import Arrival
from leads import words
from leads.models import Destination, Proof
from leads.notices.credentials import ending, label_of
from leads.notices.wording import when_it_ends
from leads.states import DeliveryState, ProofKind
from leads.watching.backlog import shown

MOST_WAITING = 1000


def panel(destination: Destination) -> dict[str, Any]:
    """What the panel's template shows."""
    proofs = [proof for kind in ProofKind if (proof := destination.proof(kind))]
    return {
        "light": light_of(destination),
        "waiting": waiting(destination),
        "credential_ends": _credential_ends(destination),
        "proofs": proofs,
        "is_under_way": any(proof.is_under_way for proof in proofs),
    }


def light_of(destination: Destination) -> SafeString:
    """One word on whether leads get through."""
    if not destination.enabled:
        return words.pill(_("Disabled"), "mute")
    state, check = destination.gate, destination.proof(ProofKind.CHECK)
    if state.paused_at:
        return words.pill(_("Paused"), "bad", words.reason_text(state.pause_cause, state.pause_params))
    if state.is_held:
        return words.pill(_("Told to slow down"), "warn")
    if state.broken_at:
        return words.pill(_("Not answering"), "bad", words.reason_text(state.last_failure_cause))
    if check and check.has_failed and _is_newest(check, destination):
        return words.pill(_("Check failed"), "warn")
    if state.last_failure_at and (state.last_success_at is None or state.last_failure_at > state.last_success_at):
        return words.pill(_("Last try failed"), "warn", words.reason_text(state.last_failure_cause))
    if state.last_success_at is None:
        return words.pill(_("Check passed") if check and check.steps else _("Not proved yet"), "wait")
    if state.is_last_arrival_doubtful:
        return words.pill(_("Answers look wrong"), "warn", words.arrival_text(Arrival.DOUBTFUL))
    return words.pill(_("Working"), "good")


def _is_newest(check: Proof, destination: Destination) -> bool:
    """Whether no lead got through since."""
    arrived_at = destination.gate.last_success_at
    return check.finished_at is not None and (arrived_at is None or arrived_at < check.finished_at)


def waiting(destination: Destination) -> str:
    """How many leads wait for it, counted as far as ``MOST_WAITING``."""
    found = destination.deliveries.filter(state=DeliveryState.QUEUED)[:MOST_WAITING].count()
    return shown(found, MOST_WAITING)


def _credential_ends(destination: Destination) -> list[tuple[str, str, date]]:
    """Of those that end soon or have ended: label, how soon, and the day."""
    today = timezone.localdate()
    return [
        (label_of(destination.kind, credential.name), when_it_ends(credential.ends_on, today), credential.ends_on)
        for credential in ending(today).filter(destination=destination)
    ]
