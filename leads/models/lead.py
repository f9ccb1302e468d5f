"""Leads: what sales works on."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from leads.models.assignment import AssignmentRule
from leads.models.ids import new_id
from leads.models.offer import Offer
from leads.models.people import Team
from leads.person_names import full_name
from leads.states import OPEN_STAGES, CloseReason, Stage

NOT_WORKED_ON = Q(is_test=True) | Q(is_dnc=True) | Q(merged_into__isnull=False)
"""Test leads, people who must not be contacted, and leads that became part of another are in no queue."""


class LeadQuerySet(models.QuerySet["Lead"]):
    def shown(self) -> "LeadQuerySet":
        """Without those that became part of another."""
        return self.filter(merged_into=None)

    def to_work_on(self) -> "LeadQuerySet":
        """What belongs into a call queue, now or later."""
        return self.filter(is_open=True)

    def search(self, text: str) -> "LeadQuerySet":
        """Every word of ``text`` somewhere in name, company, contact or offer."""
        found = self
        for word in Lead.searchable(text).split():
            found = found.filter(search_text__contains=word)
        return found


class Lead(models.Model):
    """One person's interest in one offer: what sales works on.

    Person and offer are copied from its touches, the newest value that is not empty. ``join_key`` names the lead that
    further touches of the same person for the same offer join; it is empty (NULL) for leads that take no more.

    Four moments are the clock of each round, which begins with the first touch and again with one that reopens the
    lead: ``opened_at``, ``routed_at`` (somebody's), ``seen_at`` (by its owner), ``contacted_at``. ``answer_by`` is the
    target of its service level; ``alarm_at`` when the next thing happens if nobody has answered until then, and
    ``alarms`` how many have happened. ``due_at`` orders queues: when an answer, or the next task, is due.
    While ``needs_assignment`` a touch has just come: owner, clock and score are about to be set.
    ``email_key``, ``phone_key`` and ``mail_domain`` find duplicates and colleagues. ``version`` counts its changes.
    ``kept_fields`` are those a person has set, each with the time: touches no longer change them.
    ``merged_into`` is the lead that is shown in its place; ``merged_text`` what those in whose place it is shown are
    searched for by. While ``to_compare`` it is to be looked for leads that are like it.
    From ``erased_at`` on nothing here tells who the person was: the rest stays, so that figures stay true.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    join_key = models.CharField(max_length=64, null=True, unique=True, editable=False)
    first_name = models.CharField(_("first name"), max_length=500, blank=True)
    last_name = models.CharField(_("last name"), max_length=500, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=500, blank=True)
    country = models.CharField(_("country as given"), max_length=500, blank=True)
    country_code = models.CharField(_("country"), max_length=2, blank=True)
    company = models.CharField(_("company"), max_length=500, blank=True)
    title = models.CharField(_("job title"), max_length=500, blank=True)
    offer = models.ForeignKey(
        Offer, verbose_name=_("offer"), on_delete=models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    offer_title = models.CharField(_("offer title"), max_length=1000, blank=True)
    source = models.CharField(_("source"), max_length=1000, blank=True)
    action = models.CharField(_("action"), max_length=1000, blank=True)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.NEW)
    is_test = models.BooleanField(_("test lead"), default=False)
    is_dnc = models.BooleanField(_("do not contact"), default=False)
    is_private = models.BooleanField(_("personal data held back"), default=False)
    touch_count = models.PositiveIntegerField(_("touches"), default=0)
    first_touch_at = models.DateTimeField(_("first touch"))
    last_touch_at = models.DateTimeField(_("last touch"))
    search_text = models.TextField(blank=True, editable=False)
    email_key = models.CharField(max_length=254, blank=True, editable=False)
    phone_key = models.CharField(max_length=20, blank=True, editable=False)
    mail_domain = models.CharField(max_length=254, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    kept_fields = models.JSONField(default=dict, editable=False)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("lead", "owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        db_index=False,
    )
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        db_index=False,
    )
    rule = models.ForeignKey(
        AssignmentRule,
        verbose_name=_("rule"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="leads",
        db_index=False,
    )
    why_assigned = models.JSONField(default=dict, blank=True)
    close_reason = models.CharField(_("reason"), max_length=20, choices=CloseReason, blank=True)
    score = models.SmallIntegerField(_("score"), default=0)
    score_reasons = models.JSONField(default=list, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    next_task_at = models.DateTimeField(_("next step"), null=True, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    routed_at = models.DateTimeField(null=True, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False)
    contacted_at = models.DateTimeField(_("first contact"), null=True, editable=False)
    answer_by = models.DateTimeField(_("answer by"), null=True, editable=False)
    alarm_at = models.DateTimeField(null=True, editable=False)
    alarms = models.PositiveSmallIntegerField(default=0, editable=False)
    needs_assignment = models.BooleanField(default=False, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="absorbed", db_index=False
    )
    merged_text = models.TextField(blank=True, editable=False)
    to_compare = models.BooleanField(default=True, editable=False)
    is_open = models.GeneratedField(
        expression=Case(When(Q(stage__in=OPEN_STAGES) & ~NOT_WORKED_ON, then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(_("being worked on")),
        db_persist=True,
    )
    due_at = models.GeneratedField(
        expression=Case(
            When(snoozed_until__isnull=False, then=F("snoozed_until")),
            When(
                Q(contacted_at=None, answer_by__isnull=False)
                & (Q(next_task_at=None) | Q(answer_by__lte=F("next_task_at"))),
                then=F("answer_by"),
            ),
            default=F("next_task_at"),
        ),
        output_field=models.DateTimeField(_("due")),
        db_persist=True,
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ["-last_touch_at", "-id"]
        permissions = [
            ("view_private_lead", _("Can see personal data that a privacy rule holds back")),
            ("view_all_leads", _("Can see the leads of all teams")),
        ]
        indexes = [
            models.Index(fields=["-last_touch_at", "-id"], name="lead_newest"),
            models.Index(fields=["first_touch_at"], name="lead_came"),
            models.Index(fields=["stage", "-last_touch_at", "-id"], name="lead_stage"),
            models.Index(fields=["offer", "-last_touch_at", "-id"], name="lead_offer"),
            models.Index(fields=["country_code", "-last_touch_at", "-id"], name="lead_country"),
            models.Index(fields=["owner", "due_at", "id"], condition=Q(is_open=True), name="lead_queue"),
            models.Index(fields=["team", "due_at", "id"], condition=Q(is_open=True), name="lead_queue_of_team"),
            models.Index(fields=["owner", "-last_touch_at", "-id"], name="lead_owner"),
            models.Index(fields=["team", "-last_touch_at", "-id"], name="lead_team"),
            models.Index(fields=["score", "id"], name="lead_score"),
            models.Index(fields=["due_at", "id"], condition=Q(is_open=True), name="lead_due"),
            models.Index(fields=["rule", "-opened_at"], name="lead_rule"),
            models.Index(fields=["alarm_at"], condition=Q(is_open=True, contacted_at=None), name="lead_alarm"),
            models.Index(fields=["id"], condition=Q(needs_assignment=True), name="lead_to_assign"),
            models.Index(fields=["id"], condition=Q(to_compare=True), name="lead_to_compare"),
            models.Index(fields=["email_key"], condition=~Q(email_key=""), name="lead_email"),
            models.Index(fields=["phone_key"], condition=~Q(phone_key=""), name="lead_phone"),
            models.Index(fields=["mail_domain", "-last_touch_at"], condition=~Q(mail_domain=""), name="lead_domain"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="lead_merged"),
            models.Index(
                fields=["last_touch_at", "id"], condition=Q(is_open=False, erased_at=None), name="lead_closed"
            ),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="lead_search"),
        ]

    def __str__(self) -> str:
        return self.person_name or self.company or str(_("Erased person") if self.erased_at else _("Unknown person"))

    @property
    def person_name(self) -> str:
        """Name as shown to people; the e-mail address where no name was given."""
        return full_name(self.first_name, self.last_name) or self.email

    @staticmethod
    def searchable(text: str) -> str:
        """Upper case on both sides makes ``contains`` independent of letter case and lets PostgreSQL use the index."""
        return " ".join(text.split()).upper()
