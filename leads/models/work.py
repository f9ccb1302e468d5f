"""What people did with a lead and what they mean to do: activities and tasks."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.edit import Edit
from leads.models.ids import new_id
from leads.models.lead import Lead
from leads.states import ActivityKind, CallOutcome, TaskKind


class Activity(models.Model):
    """A note, or a contact with the person. ``edit`` is what it changed of the lead, and ``next_task`` the step it led
    to: undone, all three go together."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="activities", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=ActivityKind)
    outcome = models.CharField(_("outcome"), max_length=15, choices=CallOutcome, blank=True)
    text = models.TextField(_("text"), max_length=10_000, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("time"), db_default=Now())
    edit = models.OneToOneField(Edit, on_delete=models.SET_NULL, null=True, related_name="activity")
    next_task = models.ForeignKey("Task", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=ActivityKind.CALL) ^ Q(outcome=""), name="calls_and_only_calls_have_an_outcome"
            ),
        ]
        indexes = [models.Index(fields=["lead", "-at", "-id"], name="activity_lead")]

    def __str__(self) -> str:
        return str(self.id)


class Task(models.Model):
    """A next step. The earliest open one of a lead is its ``next_task_at``. ``is_told``: whoever is to do it was told
    that it is due."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=TaskKind)
    text = models.CharField(_("what to do"), max_length=200, blank=True)
    due_at = models.DateTimeField(_("due"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="tasks", db_index=False
    )
    made_at = models.DateTimeField(_("made"), db_default=Now())
    done_at = models.DateTimeField(_("done"), null=True)
    is_told = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["lead", "due_at"], name="task_lead"),
            models.Index(fields=["assignee", "due_at"], condition=Q(done_at=None), name="task_due"),
            models.Index(fields=["assignee", "-done_at"], condition=Q(done_at__isnull=False), name="task_done"),
            models.Index(fields=["due_at"], condition=Q(done_at=None, is_told=False), name="task_to_tell"),
        ]

    def __str__(self) -> str:
        return self.text or self.get_kind_display()
