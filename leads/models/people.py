"""Who works on leads: teams, working hours and absences, and what each person prefers."""

import zoneinfo
from datetime import tzinfo
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.encryption import decrypt, encrypt
from leads.states import Quiet, SalesKind


def time_zone_choices() -> list[tuple[str, str]]:
    """Those named after a place, and UTC. A function, so that a new release of the time zone database needs no
    migration."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [(name, name.replace("_", " ")) for name in ("UTC", *names)]


class Calendar(models.Model):
    """When people work. ``hours`` holds for each weekday, Monday first, a list of pairs such as ``["09:00", "17:30"]``;
    ``holidays`` are dates (``2026-12-25``) on which nobody works."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=50, choices=time_zone_choices, default="UTC")
    hours = models.JSONField(_("working hours"), default=list)
    holidays = models.JSONField(_("holidays"), default=list, blank=True)

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def usual_chat_kinds() -> list[str]:
    return [SalesKind.NEW.value, SalesKind.OVERDUE.value]


class Team(models.Model):
    """Sales people who share leads. Its leader sees all of them and is told when nobody answers in time.

    ``chat_kinds`` are the kinds of notices that its chat gets, within its working hours.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sales lead"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="led_teams",
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("members"), blank=True, related_name="teams"
    )
    encrypted_chat_url = models.TextField(blank=True, editable=False)
    chat_kinds = models.JSONField(_("told in the chat"), default=usual_chat_kinds, blank=True)
    calendar = models.ForeignKey(
        Calendar,
        verbose_name=_("working hours"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Outside them nothing is said in the chat. Without any it is told at every hour."),
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def chat_url(self) -> str:
        """The webhook of its channel in Teams or Slack. Raises ``SecretUnreadable`` when its key is gone."""
        return decrypt(self.encrypted_chat_url) if self.encrypted_chat_url else ""

    @chat_url.setter
    def chat_url(self, url: str) -> None:
        self.encrypted_chat_url = encrypt(url) if url else ""


def usual_digest_times() -> list[str]:
    return ["09:00", "14:00"]


def only_teams(*people: int) -> dict[int, int]:
    """The team of each of these people, or of all, who belongs to one and no other."""
    members = Team.members.through.objects.filter(user__in=people) if people else Team.members.through.objects.all()
    belong = members.order_by().values_list("user").annotate(Count("team"), Min("team"))
    return {user: team for user, count, team in belong if count == 1}


class Profile(models.Model):
    """What one person set for themselves.

    ``ways`` say of each kind of notices how they want to be told, where that is not at once (see ``Way``);
    ``digest_times`` when what is collected comes, by their own clock (``["09:00"]``).
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    time_zone = models.CharField(_("time zone"), max_length=50, choices=time_zone_choices, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    calendar = models.ForeignKey(
        Calendar, verbose_name=_("working hours"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    takes_leads = models.BooleanField(
        _("gets new leads"), default=True, help_text=_("Without it no rule gives this person a lead.")
    )
    ways = models.JSONField(default=dict, blank=True)
    digest_times = models.JSONField(_("times of the collected ones"), default=usual_digest_times, blank=True)
    quiet = models.CharField(_("leave me alone"), max_length=10, choices=Quiet, default=Quiet.OFF_WORK)
    quiet_from = models.TimeField(_("from"), null=True, blank=True)
    quiet_until = models.TimeField(_("until"), null=True, blank=True)
    urgent_at_any_time = models.BooleanField(_("what is urgent may come at any time"), default=False)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return str(self.user)

    @property
    def zone(self) -> tzinfo:
        """The one they chose, or that of the installation; also where the time zone database forgot theirs."""
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (ValueError, zoneinfo.ZoneInfoNotFoundError):
            return timezone.get_default_timezone()


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def now(self) -> "AbsenceQuerySet":
        return self.filter(begins_at__lte=Now(), ends_at__gt=Now())


class Absence(models.Model):
    """No rule gives this person a lead meanwhile."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="absences"
    )
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-begins_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")),
                name="absence_ends_after_it_begins",
                violation_error_message=_("An absence ends after it begins."),
            )
        ]

    def __str__(self) -> str:
        return str(self.user)


def profile_of(user: Any) -> Profile:
    """Theirs, or one that says nothing; nothing is written. One query, once for each ``user`` object, which lives as
    long as a request."""
    if not hasattr(user, "_own_profile"):
        found = Profile.objects.filter(user=user).select_related("calendar").first()
        user._own_profile = found or Profile(user_id=user.pk)
    profile: Profile = user._own_profile
    return profile
