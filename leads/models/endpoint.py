"""Where the marketplace posts: endpoints and the secrets in their URLs."""

import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.encryption import decrypt, encrypt
from leads.models.offer import Offer


class Endpoint(models.Model):
    """One webhook address, best bound to one offer, because the marketplace's payload carries no offer id.

    ``usual_gap`` is the time between its leads as a rule, learnt from ``gaps_known`` of them. The one that
    ``is_for_files`` has no address: leads from imported files belong to it.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    offer = models.ForeignKey(
        Offer,
        verbose_name=_("offer"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="endpoints",
        help_text=_("Every lead posted here belongs to this offer. Leave empty to tell offers apart by their title."),
    )
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("A disabled endpoint answers as if it did not exist; leads are lost.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_lead_at = models.DateTimeField(_("last lead"), null=True, editable=False)
    usual_gap = models.DurationField(null=True, editable=False)
    gaps_known = models.PositiveSmallIntegerField(default=0, editable=False)
    last_test_lead_at = models.DateTimeField(_("last test lead"), null=True, editable=False)
    is_for_files = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_for_files"], condition=models.Q(is_for_files=True), name="one_endpoint_for_files"
            )
        ]

    def __str__(self) -> str:
        return self.name


class EndpointSecretQuerySet(models.QuerySet["EndpointSecret"]):
    def valid(self) -> "EndpointSecretQuerySet":
        return self.filter(revoked_at__isnull=True)

    def matching(self, digest: str) -> "EndpointSecret | None":
        """The valid secret of an enabled endpoint. Found by digest, so the time taken tells nothing about it."""
        return self.valid().filter(digest=digest, endpoint__enabled=True).first()


class EndpointSecret(models.Model):
    """One secret of an endpoint's URL. Two may be valid at once: the marketplace uses a changed URL only after the
    offer was published again, so the old one must live on until then."""

    FIRST, SECOND = 1, 2

    endpoint = models.ForeignKey(Endpoint, verbose_name=_("endpoint"), on_delete=models.CASCADE, related_name="secrets")
    slot = models.PositiveSmallIntegerField(editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    encrypted_secret = models.TextField(editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = EndpointSecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("endpoint secret")
        verbose_name_plural = _("endpoint secrets")
        ordering = ["endpoint", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "slot"], condition=models.Q(revoked_at=None), name="one_valid_secret_per_slot"
            ),
            models.CheckConstraint(condition=models.Q(slot__in=[1, 2]), name="two_slots_per_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} · {self.created_at:%Y-%m-%d}"

    @classmethod
    def make(cls, endpoint: Endpoint, slot: int) -> "EndpointSecret":
        """An unsaved secret of 256 random bits in URL-safe ASCII, as the marketplace's URL pattern demands."""
        secret = secrets.token_urlsafe(32)
        return cls(endpoint=endpoint, slot=slot, digest=cls.digest_of(secret), encrypted_secret=encrypt(secret))

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @property
    def url(self) -> str:
        """The whole address to paste into Partner Center. Raises ``SecretUnreadable`` when the field key is gone."""
        path = reverse("webhook", kwargs={"secret": decrypt(self.encrypted_secret)})
        return f"{settings.LEADCRM_PUBLIC_URL}{path}"
