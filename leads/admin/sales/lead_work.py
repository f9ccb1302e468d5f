"""What people do with a lead from its card: each button changes one thing, and most can be undone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin import personal
from leads.admin.acting import post_action
from leads.admin.operations.resend_form import MomentField
from leads.admin.sales.lead_row import short_moment
from leads.admin.sales.undoing import say_with_button, say_with_undo
from leads.history.edits import By
from leads.models import Activity, Lead, Task, Touch
from leads.sales import activities, contact_facts, owning, proposing, steps
from leads.sales.stages import MoveNotAllowed, ReasonMissing, move_stage
from leads.states import ActivityKind, CallOutcome, CloseReason, Stage, TaskKind

if TYPE_CHECKING:
    from leads.admin.card import CardAdmin

    Base = CardAdmin
else:
    Base = object

WROTE = (ActivityKind.NOTE, ActivityKind.MAIL, ActivityKind.MEETING)
"""What is only written down: a call has an outcome, too."""
TASK = "task"
SENT_TWICE_WITHIN = timedelta(seconds=20)
TOO_LATE = gettext_lazy("Choose a time to come.")

PRESETS: dict[str, Callable[[User, datetime], datetime]] = {
    "tomorrow": proposing.next_morning,
    "next_week": proposing.next_monday,
}
"""Until when a lead sleeps, or a step is put off, by the name of the button."""


class EntryForm(forms.Form):
    """What the composer on top of the timeline posts. ``kind`` says which of its fields count."""

    kind = forms.ChoiceField(choices=[*((kind, kind) for kind in (*WROTE, ActivityKind.CALL)), (TASK, TASK)])
    text = forms.CharField(max_length=10_000, required=False)
    outcome = forms.ChoiceField(choices=CallOutcome.choices, required=False)
    task_kind = forms.ChoiceField(choices=TaskKind.choices, required=False)
    due_at = MomentField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, text = cleaned.get("kind"), cleaned.get("text")
        if kind in WROTE and not text:
            self.add_error("text", _("Write something first."))
        if kind == ActivityKind.CALL and not cleaned.get("outcome") and "outcome" not in self.errors:
            self.add_error("outcome", _("Say how the call went."))
        if kind == TASK:
            self._check_task(cleaned)
        return cleaned

    def _check_task(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("due_at") and "due_at" not in self.errors:
            self.add_error("due_at", _("Say when it is due."))
        if len(cleaned.get("text") or "") > LONGEST_TASK:
            self.add_error(
                "text", _("A task takes %(most)d characters. Write a note for more.") % {"most": LONGEST_TASK}
            )


LONGEST_TASK = cast(int, Task._meta.get_field("text").max_length)


class LeadWork(Base):
    """The post actions of a lead."""

    def why_nothing_can_be_done(self, target: Lead) -> str:
        return _("The person was erased: nothing more can be done with this lead.") if target.erased_at else ""

    def has_change_permission(self, request: HttpRequest, obj: Lead | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.erased_at)

    @post_action("leads.change_lead")
    def move(self, request: HttpRequest, lead: Lead) -> None:
        """Move the lead to the stage that the button names."""
        stage = request.POST.get("stage", "")
        if stage not in Stage.values:
            self.say(request, False, _("There is no such stage."))
            return
        given = request.POST.get("close_reason", "")
        reason = CloseReason(given) if given in CloseReason.values else None
        try:
            edit = move_stage(By(_user(request)), lead.pk, Stage(stage), reason)
        except ReasonMissing:
            self.say(request, False, _("Say why the lead is given up."))
            return
        except MoveNotAllowed:
            self.say(request, False, _("The lead is in another stage by now. Look again before you move it."))
            return
        self.log_change(request, lead, _("Stage: %(stage)s") % {"stage": Stage(stage).label})
        text = _("The lead is now in stage “%(stage)s”.") % {"stage": Stage(stage).label}
        say_with_undo(request, edit, text)

    # --- whose it is --------------------------------------------------------------------------------------------------

    @post_action("leads.change_lead")
    def take(self, request: HttpRequest, lead: Lead) -> None:
        edit = owning.take(_user(request), lead.pk)
        say_with_undo(request, edit, _("The lead is yours.") if edit else _("Somebody else was quicker."))

    @post_action("leads.change_lead")
    def give(self, request: HttpRequest, lead: Lead) -> None:
        """To a colleague, or to nobody: whoever takes it then."""
        wanted = request.POST.get("to", "")
        colleague: User | None = _chosen(owning.may_own(), wanted) if wanted else None
        if wanted and colleague is None:
            self.say(request, False, _("This person works on leads no more."))
            return
        edit = owning.give(By(_user(request)), [lead.pk], colleague)
        if edit is None:
            self.say(request, False, _("Nothing changed: the lead was theirs already."))
        elif colleague:
            say_with_undo(request, edit, _("Given to %(name)s.") % {"name": words.person(colleague)})
        else:
            say_with_undo(request, edit, _("Given back: the lead is nobody's now."))

    # --- what was done ------------------------------------------------------------------------------------------------

    @post_action("leads.change_lead")
    def compose(self, request: HttpRequest, lead: Lead) -> None:
        """A note, a call, a mail or meeting, or a task: whatever the composer holds."""
        form = EntryForm(request.POST)
        if not form.is_valid():
            self.say(request, False, " ".join(_complaints(form)))
            return
        entry = form.cleaned_data
        if entry["kind"] == TASK:
            self._plan(request, lead, entry)
        elif _was_just_saved(request, lead, entry):
            self.say(request, False, _("Nothing more was saved: the same stands there already."))
        elif entry["kind"] == ActivityKind.CALL:
            self._log_call(request, lead, entry)
        else:
            activity = activities.log(_user(request), lead.pk, ActivityKind(entry["kind"]), entry["text"])
            say_with_undo(request, activity.edit, _("%(kind)s saved.") % {"kind": activity.get_kind_display()})

    def _log_call(self, request: HttpRequest, lead: Lead, entry: dict[str, Any]) -> None:
        outcome = CallOutcome(entry["outcome"])
        activity = activities.log_call(_user(request), lead.pk, outcome, entry["text"])
        say_with_undo(request, activity.edit, called(activity))

    def _plan(self, request: HttpRequest, lead: Lead, entry: dict[str, Any]) -> None:
        kind = TaskKind(entry["task_kind"] or TaskKind.OTHER)
        task = steps.plan(_user(request), lead.pk, kind, entry["due_at"], entry["text"])
        text = _("Planned for %(time)s.") % {"time": _exact(task.due_at)}
        say_with_button(request, text, lead, "drop-task", task=task.pk)

    # --- what is next -------------------------------------------------------------------------------------------------

    @post_action("leads.change_lead")
    def finish_task(self, request: HttpRequest, lead: Lead) -> None:
        task = _task_of(request, lead)
        if task and steps.finish(task):
            say_with_button(request, _("Done: %(task)s.") % {"task": task}, lead, "reopen-task", task=task.pk)
        else:
            self.say(request, False, NOTHING_CHANGED)

    @post_action("leads.change_lead")
    def reopen_task(self, request: HttpRequest, lead: Lead) -> None:
        task = _task_of(request, lead)
        done = task and steps.reopen(task)
        self.say(request, done, _("Open again: %(task)s.") % {"task": task} if done else NOTHING_CHANGED)

    @post_action("leads.change_lead")
    def put_off_task(self, request: HttpRequest, lead: Lead) -> None:
        task, until = _task_of(request, lead, done_at=None), _until(request)
        if task is None:
            self.say(request, False, NOTHING_CHANGED)
        elif until is None:
            self.say(request, False, TOO_LATE)
        elif until == task.due_at:
            self.say(request, False, NOTHING_CHANGED)
        else:
            before = task.due_at
            steps.put_off(task, until)
            text = _("Put off to %(time)s.") % {"time": _exact(until)}
            say_with_button(request, text, lead, "put-off-task", task=task.pk, due_at=before.isoformat(), back="1")

    @post_action("leads.change_lead")
    def drop_task(self, request: HttpRequest, lead: Lead) -> None:
        task = _task_of(request, lead, done_at=None)
        if task:
            steps.drop(task)
        self.say(request, task, _("Not planned any more: %(task)s.") % {"task": task} if task else NOTHING_CHANGED)

    @post_action("leads.change_lead")
    def snooze(self, request: HttpRequest, lead: Lead) -> None:
        until = _until(request)
        if until is None:
            self.say(request, False, TOO_LATE)
            return
        edit = steps.snooze(By(_user(request)), [lead.pk], until)
        say_with_undo(request, edit, _("The lead sleeps until %(time)s.") % {"time": _exact(until)})

    @post_action("leads.change_lead")
    def wake(self, request: HttpRequest, lead: Lead) -> None:
        edit = steps.snooze(By(_user(request)), [lead.pk], None)
        say_with_undo(request, edit, _("The lead is awake again.") if edit else NOTHING_CHANGED)

    # --- what a touch says otherwise ----------------------------------------------------------------------------------

    @post_action("leads.change_lead")
    def take_value(self, request: HttpRequest, lead: Lead) -> None:
        """The value of a field that a touch brought, in place of the one a person had set before."""
        touch, name = _touch_of(request, lead), request.POST.get("field", "")
        if touch is None or not personal.may_see(request, lead) or name not in contact_facts.suggestions(lead, touch):
            self.say(request, False, NOTHING_CHANGED)
            return
        edit = contact_facts.take_from_touch(_user(request), lead.pk, touch, name)
        say_with_undo(request, edit, _("Taken over from the touch."))


NOTHING_CHANGED = gettext_lazy("Nothing changed: it is otherwise by now.")


def outcomes_for(user: User, now: datetime) -> list[tuple[str, Any, str]]:
    """How a call may have ended, and when the next step that it leads to is due: value, label, step."""
    found = activities.next_steps(user, now)
    shown = {outcome: f"{step.kind.label}: {short_moment(step.due_at, now)}" for outcome, step in found.items()}
    return [(outcome.value, outcome.label, shown.get(outcome, "")) for outcome in CallOutcome]


def called(activity: Activity) -> str:
    """What was saved of a call, and the step that was proposed."""
    task = activity.next_task
    saved = _("Call saved: %(outcome)s.") % {"outcome": activity.get_outcome_display()}
    if task is None:
        return saved
    step = _("Next: %(task)s, %(time)s.") % {"task": task, "time": _exact(task.due_at)}
    return f"{saved} {step}"


def _was_just_saved(request: HttpRequest, lead: Lead, entry: dict[str, Any]) -> bool:
    """The same, by the same person, a moment ago: a form that was sent twice."""
    same = {name: entry[name] for name in ("kind", "text", "outcome")}
    just_now = timezone.now() - SENT_TWICE_WITHIN
    return lead.activities.filter(author=_user(request), at__gte=just_now, **same).exists()


def _complaints(form: forms.Form) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


def _until(request: HttpRequest) -> datetime | None:
    """By the name of a preset, or as a moment to come; ``back`` lets a step be due when it was."""
    preset, now = PRESETS.get(request.POST.get("until", "")), timezone.now()
    if preset:
        return preset(_user(request), now)
    try:
        moment = MomentField(required=False).clean(request.POST.get("due_at", ""))
    except forms.ValidationError:
        return None
    return moment if moment and (moment > now or "back" in request.POST) else None


def _task_of(request: HttpRequest, lead: Lead, **of: Any) -> Task | None:
    task: Task | None = _chosen(lead.tasks.filter(**of), request.POST.get("task", ""))
    return task


def _touch_of(request: HttpRequest, lead: Lead) -> Touch | None:
    touch: Touch | None = _chosen(lead.touches.all(), request.POST.get("touch", ""))
    return touch


def _chosen(rows: Any, key: str) -> Any:
    """``None`` also for what is no key."""
    try:
        return rows.filter(pk=key).first()
    except (forms.ValidationError, ValueError):
        return None


def _exact(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
