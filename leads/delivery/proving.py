"""Ask for a proof of a destination's settings, and do what was asked for.

Whoever asks does not wait: a system that hangs would keep a web process from taking leads.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import override

from integrations.contract import CheckStep
from leads.delivery import gate
from leads.delivery.checking import check, passed
from leads.delivery.renewing import renew
from leads.delivery.test_lead import send_test_lead
from leads.models import Destination, DestinationGate, Proof
from leads.models.proof import GIVEN_UP_AFTER
from leads.pacing import retry
from leads.states import PausedBy, ProofKind


def ask(destination_id: int, kind: ProofKind, *, renewal: str = "") -> bool:
    """False when one was asked for already, and is waiting or under way. ``renewal``: what ``renewing.sealed`` gave."""
    proof, _is_new = Proof.objects.get_or_create(destination_id=destination_id, kind=kind)
    idle = Proof.objects.filter(pk=proof.pk).exclude(asked_at__gt=Now() - GIVEN_UP_AFTER)
    return bool(idle.update(asked_at=Now(), started_at=None, encrypted_renewal=renewal))


def ask_due_checks() -> None:
    """For each destination that the machine paused and whose next check is due."""
    for paused in _due_checks():
        if _claim_check(paused):
            ask(paused.destination_id, ProofKind.CHECK)


def waiting() -> list[int]:
    """Ids of the proofs that were asked for and that no worker has taken yet."""
    fresh = Proof.objects.filter(asked_at__gt=Now() - GIVEN_UP_AFTER, started_at=None)
    return list(fresh.order_by("asked_at").values_list("id", flat=True))


def take(proof_id: int) -> int | None:
    """Do what is waiting under this id, unless another worker has taken it; returns the destination's id if so."""
    wanted = Proof.objects.filter(pk=proof_id, asked_at__isnull=False, started_at=None)
    if not wanted.update(started_at=Now()):
        return None
    proof = Proof.objects.select_related("destination").filter(pk=proof_id).first()
    if proof is None:
        return None
    prove(proof.destination, ProofKind(proof.kind), renewal=proof.encrypted_renewal)
    return proof.destination_id


def prove(destination: Destination, kind: ProofKind, *, renewal: str = "") -> Sequence[CheckStep]:
    """At once, in this process; the result is kept for everyone to see."""
    match kind:
        case ProofKind.CHECK:
            steps: Sequence[CheckStep] = check(destination)
        case ProofKind.TEST_LEAD:
            steps = [send_test_lead(destination)]
        case ProofKind.RENEWAL:
            steps = renew(destination, renewal)
    _keep(destination, kind, steps)
    if kind is ProofKind.RENEWAL and passed(steps):
        _keep(destination, ProofKind.CHECK, steps)  # it is the last check of the settings as they are now
    return steps


def _keep(destination: Destination, kind: ProofKind, steps: Sequence[CheckStep]) -> None:
    result = {"asked_at": None, "started_at": None, "finished_at": Now(), "steps": [_as_json(step) for step in steps]}
    Proof.objects.update_or_create(destination=destination, kind=kind, defaults=result | {"encrypted_renewal": ""})


def _due_checks() -> QuerySet[DestinationGate]:
    return DestinationGate.objects.filter(
        paused_by=PausedBy.MACHINE, resumes_itself=True, next_check_at__lte=Now(), destination__enabled=True
    )


def _claim_check(paused: DestinationGate) -> bool:
    """Set the next check before this one runs, so that two workers never ask for the same one."""
    checks = paused.checks_since_pause
    return bool(
        DestinationGate.objects.filter(pk=paused.pk, checks_since_pause=checks, next_check_at__lte=Now()).update(
            checks_since_pause=min(checks + 1, gate.MOST_COUNTED), next_check_at=Now() + retry.check_after(checks + 1)
        )
    )


def _as_json(step: CheckStep) -> dict[str, Any]:
    """In every language: whoever reads it may read another one than whoever asked for the proof."""
    others = {language: _words(step, language) for language, _name in settings.LANGUAGES if language != "en"}
    return {"result": step.result.value, **_words(step, "en"), "in": others}


def _words(step: CheckStep, language: str) -> dict[str, str]:
    with override(language):
        return {"label": str(step.label), "detail": str(step.detail)}
