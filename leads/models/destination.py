"""Where touches go: destinations, the gate that stops one for a while, and the routes that lead there."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.registry import KINDS
from leads.encryption import decrypt, encrypt
from leads.models.offer import Offer
from leads.pacing.rate import Rate
from leads.states import PausedBy, ProofKind

if TYPE_CHECKING:
    from leads.models.proof import Proof


def kind_choices() -> list[tuple[str, Any]]:
    """A function, so that a new kind needs no migration."""
    return [(slug, kind.label) for slug, kind in KINDS.items()]


class Destination(models.Model):
    """One configured outside system. ``settings`` and the secrets are those of the kind's ``ConfigForm``.

    ``mapping`` holds the rules of its field mapping, ``None`` for those that its kind begins with; ``described_fields``
    what the system said of its own fields at the last check that reached it.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=40, choices=kind_choices)
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("A disabled destination gets no new leads; waiting ones go on waiting.")
    )
    settings = models.JSONField(_("settings"), default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder)
    encrypted_secrets = models.TextField(blank=True, editable=False)
    takes_test_leads = models.BooleanField(
        _("takes test leads"), default=False, help_text=_("For an end-to-end check of the way from the marketplace.")
    )
    takes_do_not_contact = models.BooleanField(
        _("takes do-not-contact leads"),
        default=False,
        help_text=_("Only if the other system is to know whom it must not contact."),
    )
    mapping = models.JSONField(_("field mapping"), null=True, editable=False)
    described_fields = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("destination")
        verbose_name_plural = _("destinations")
        ordering = ["name"]
        permissions = [("operate_destination", _("Can check, pause and resume destinations"))]

    def __str__(self) -> str:
        return self.name

    def read_secrets(self) -> dict[str, str]:
        """Raises ``SecretUnreadable`` when the key that encrypted them is gone."""
        return json.loads(decrypt(self.encrypted_secrets)) if self.encrypted_secrets else {}

    def write_secrets(self, secrets: dict[str, str]) -> None:
        self.encrypted_secrets = encrypt(json.dumps(secrets)) if secrets else ""

    def config(self) -> dict[str, Any]:
        """Settings and secrets together, as a connector takes them."""
        return {**self.settings, **self.read_secrets()}

    def proof(self, kind: ProofKind) -> "Proof | None":
        """The last of this kind that was asked for or kept. Prefetch ``proofs`` where there are many destinations."""
        return next((proof for proof in self.proofs.all() if proof.kind == kind), None)


class DestinationGate(models.Model):
    """What stops a destination for a while, and how fast it may be sent to. A small row apart, because claims lock it.

    From ``failures_in_a_row`` to ``mended_at`` it is a ``pacing.breaker.Breaker``; ``calls_now`` and
    ``answers_at_this_pace`` are a ``pacing.slow_start.Ramp``; ``rate_*`` and ``tokens*`` a ``pacing.rate.Rate`` and its
    bucket. ``delivered_count`` and ``failure_counts`` (by kind) say how all its attempts so far ended.
    """

    destination = models.OneToOneField(Destination, on_delete=models.CASCADE, primary_key=True, related_name="gate")
    calls_at_once = models.PositiveSmallIntegerField(
        _("calls at once"), default=4, validators=[MinValueValidator(1), MaxValueValidator(32)]
    )
    rate_calls = models.PositiveIntegerField(_("calls at most"), null=True, blank=True)
    rate_seconds = models.PositiveIntegerField(_("in"), default=60)
    tokens = models.FloatField(null=True)
    tokens_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(_("held until"), null=True)
    holds_in_a_row = models.PositiveSmallIntegerField(default=0)
    failures_in_a_row = models.PositiveSmallIntegerField(default=0)
    window_started_at = models.DateTimeField(null=True)
    window_calls = models.PositiveIntegerField(default=0)
    window_failures = models.PositiveIntegerField(default=0)
    broken_at = models.DateTimeField(_("not answering since"), null=True)
    probe_at = models.DateTimeField(_("next single try"), null=True)
    probes_passed = models.PositiveSmallIntegerField(default=0)
    probes_failed = models.PositiveSmallIntegerField(default=0)
    mended_at = models.DateTimeField(null=True)
    calls_now = models.PositiveSmallIntegerField(null=True)
    answers_at_this_pace = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(_("paused"), null=True)
    paused_by = models.CharField(_("paused by"), max_length=7, choices=PausedBy, blank=True)
    pause_cause = models.CharField(_("cause"), max_length=60, blank=True)
    pause_detail = models.TextField(blank=True)
    pause_params = models.JSONField(default=dict)
    resumes_itself = models.BooleanField(default=True)
    checks_since_pause = models.PositiveSmallIntegerField(default=0)
    next_check_at = models.DateTimeField(_("next check"), null=True)
    last_success_at = models.DateTimeField(_("last success"), null=True)
    is_last_arrival_doubtful = models.BooleanField(default=False)
    last_failure_at = models.DateTimeField(_("last failure"), null=True)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    last_failure_cause = models.CharField(max_length=60, blank=True)
    delivered_count = models.PositiveBigIntegerField(default=0)
    failure_counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("gate")
        verbose_name_plural = _("gates")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(paused_at=None) | ~models.Q(paused_by=""), name="paused_gate_says_by_whom"
            ),
            models.CheckConstraint(
                condition=models.Q(broken_at=None, probe_at=None)
                | models.Q(broken_at__isnull=False, probe_at__isnull=False),
                name="broken_gate_is_probed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.destination)

    def is_open(self, now: datetime) -> bool:
        """``now`` is the database's clock. While broken, it is open for one call from ``probe_at`` on."""
        return self.paused_at is None and all(
            until is None or until <= now for until in (self.held_until, self.probe_at)
        )

    @property
    def rate(self) -> Rate | None:
        """How many calls in how much time it may be given; ``None``: any number."""
        return Rate(self.rate_calls, self.rate_seconds) if self.rate_calls else None

    @property
    def is_well(self) -> bool:
        """Nothing that a further success would change but its time."""
        return self.failing_since is None and self.broken_at is None and self.calls_now is None

    @property
    def is_in_doubt(self) -> bool:
        """Whether its last answer was no success, or none ever came."""
        return self.last_success_at is None or (
            self.last_failure_at is not None and self.last_failure_at > self.last_success_at
        )

    @property
    def is_stopped(self) -> bool:
        """Whether there is anything to resume; as ``is_held``, for people to read."""
        return bool(self.paused_at or self.broken_at or self.is_held)

    @property
    def is_held(self) -> bool:
        """As far as this process's clock can tell: for people to read, never to decide on."""
        return self.held_until is not None and self.held_until > timezone.now()


class Route(models.Model):
    """Which touches go to which destination. An empty condition lets everything through."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    destination = models.ForeignKey(
        Destination, verbose_name=_("destination"), on_delete=models.CASCADE, related_name="routes"
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    offers = models.ManyToManyField(
        Offer, verbose_name=_("offers"), blank=True, related_name="routes", help_text=_("None: every offer.")
    )
    sources = models.JSONField(_("sources"), default=list, blank=True, help_text=_("None: every source."))
    actions = models.JSONField(_("actions"), default=list, blank=True, help_text=_("None: every action."))
    countries = models.JSONField(_("countries"), default=list, blank=True, help_text=_("None: every country."))

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["destination__name", "id"]

    def __str__(self) -> str:
        return self.name or str(_("Route to %(destination)s") % {"destination": self.destination})
