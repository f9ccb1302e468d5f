"""What was last asked of a destination to prove that its settings are right, and what came of it."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from integrations.contract import StepResult
from leads.models.destination import Destination
from leads.states import ProofKind

# Far longer than any proof takes: whoever took it is gone.
GIVEN_UP_AFTER = timedelta(minutes=5)


class Proof(models.Model):
    """The last one of its kind for a destination.

    ``asked_at`` is set while one is wanted or under way, ``started_at`` while a worker is at it; ``steps`` and
    ``finished_at`` are those of the last that ended, with words in every language. ``encrypted_renewal`` holds the
    credentials that a renewal is about, until it ends.
    """

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="proofs")
    kind = models.CharField(max_length=10, choices=ProofKind)
    asked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    steps = models.JSONField(default=list)
    encrypted_renewal = models.TextField(blank=True, editable=False, db_default="")

    class Meta:
        verbose_name = _("proof")
        verbose_name_plural = _("proofs")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["destination", "kind"], name="one_proof_of_a_kind"),
            models.CheckConstraint(
                condition=models.Q(started_at=None) | models.Q(asked_at__isnull=False), name="started_proof_was_asked"
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=models.Q(asked_at__isnull=False), name="proof_asked")]

    def __str__(self) -> str:
        return f"{self.destination}: {self.get_kind_display()}"

    @property
    def is_given_up(self) -> bool:
        """Asked for, and never ended: for people to read, by this process's clock."""
        return self.asked_at is not None and self.asked_at <= timezone.now() - GIVEN_UP_AFTER

    @property
    def is_under_way(self) -> bool:
        return self.asked_at is not None and not self.is_given_up

    @property
    def has_failed(self) -> bool:
        return any(step["result"] == StepResult.FAILED for step in self.steps)

    @property
    def in_words(self) -> list[dict[str, str]]:
        """Label, result and detail of each step, in the active language."""
        language = get_language()
        return [_in_language(step, language) for step in self.steps]


def _in_language(step: dict[str, Any], language: str | None) -> dict[str, str]:
    words = step.get("in", {}).get(language, step)
    return {"label": words["label"], "result": step["result"], "detail": words["detail"]}
