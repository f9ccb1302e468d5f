"""The states of the machine and the stages of a sale. Code compares members, never strings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.contract import Arrival, FailureKind


class InboundState(models.TextChoices):
    RECEIVED = "received", _("Waiting to be read")
    ACCEPTED = "accepted", _("Accepted")
    REPEAT = "repeat", _("Repeat of an earlier request")
    REJECTED = "rejected", _("Could not be read")


class Stage(models.TextChoices):
    NEW = "new", _("New")
    CONTACTED = "contacted", _("Contacted")
    QUALIFIED = "qualified", _("Qualified")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    DISCARDED = "discarded", _("Discarded")


OPEN_STAGES = (Stage.NEW, Stage.CONTACTED, Stage.QUALIFIED)
"""Somebody still has to do something about these."""


class CloseReason(models.TextChoices):
    """Why a lead was lost or discarded."""

    NO_ANSWER = "no_answer", _("Never answered")
    NO_NEED = "no_need", _("No need any more")
    NO_BUDGET = "no_budget", _("No budget")
    OTHER_PRODUCT = "other_product", _("Took another product")
    NOT_FITTING = "not_fitting", _("Does not fit our offer")
    STUDENT = "student", _("Student or private person")
    NONSENSE = "nonsense", _("Nonsense or advertising")
    OTHER = "other", _("Another reason")


class ActivityKind(models.TextChoices):
    NOTE = "note", _("Note")
    CALL = "call", _("Call")
    MAIL = "mail", _("E-mail")
    MEETING = "meeting", _("Meeting")
    HAND_OVER = "hand_over", _("Handed over")


class CallOutcome(models.TextChoices):
    REACHED = "reached", _("Spoke with them")
    CALL_BACK = "call_back", _("Call back later")
    VOICEMAIL = "voicemail", _("Left a message")
    NO_ANSWER = "no_answer", _("No answer")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    NOT_INTERESTED = "not_interested", _("Not interested")


class TaskKind(models.TextChoices):
    CALL = "call", _("Call")
    MAIL = "mail", _("Write an e-mail")
    MEETING = "meeting", _("Meet")
    OTHER = "other", _("Something else")


class EditCause(models.TextChoices):
    """Who or what changed a lead."""

    PERSON = "person", _("A person")
    TOUCH = "touch", _("A new touch")
    RULE = "rule", _("A rule of assignment")
    CLOCK = "clock", _("The clock: nobody had answered in time")
    MERGE = "merge", _("Leads were merged or split")
    IMPORT = "import", _("An import")
    UNDO = "undo", _("Undone")


class Likeness(models.IntegerChoices):
    """Why two leads may be one; the more certain is the greater."""

    SAME_PERSON = 1, _("Same person, another offer")
    SAME_PHONE = 2, _("Same phone number")
    SAME_MAILBOX = 3, _("Same mailbox, written another way")
    SAME_EMAIL = 4, _("Same e-mail")


class Sharing(models.TextChoices):
    """How a rule shares leads out among its people."""

    IN_TURN = "in_turn", _("In turn")
    LEAST_BUSY = "least_busy", _("To whoever has the fewest open leads")
    WHO_TAKES = "who_takes", _("Nobody yet: whoever takes it")


class SalesKind(models.TextChoices):
    """What sales people are told of."""

    GIVEN = "given", _("Lead given")
    NEW = "new", _("New lead")
    AGAIN = "again", _("Person came again")
    DUE_SOON = "due_soon", _("Answer due soon")
    OVERDUE = "overdue", _("Answer overdue")
    HANDED_ON = "handed_on", _("Lead handed on")
    TASK_DUE = "task_due", _("Task due")
    UNATTENDED = "unattended", _("Unattended leads")


class Way(models.TextChoices):
    """How somebody wants to be told."""

    AT_ONCE = "at_once", _("At once")
    DIGEST = "digest", _("Collected")
    NOT = "not", _("Not at all")


class Quiet(models.TextChoices):
    """When somebody wants to be left alone."""

    OFF_WORK = "off_work", _("Outside my working hours, and while I am away")
    BETWEEN = "between", _("Every day between two times, and while I am away")
    NEVER = "never", _("Never")


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    WITHHELD = "withheld", _("Withheld")
    CANCELLED = "cancelled", _("Cancelled")


class Withheld(models.TextChoices):
    """Why policy keeps a touch from a destination."""

    TEST = "test", _("Test lead: this destination does not take test leads")
    DO_NOT_CONTACT = "do_not_contact", _("The person must not be contacted")
    PRIVACY = "privacy", _("Privacy rule of the person's e-mail domain")


class Priority(models.IntegerChoices):
    """Smaller goes first."""

    FRESH = 0, _("New")
    RETRY = 1, _("Next try")
    RESEND = 2, _("Sent again by a person")


class AttemptResult(models.TextChoices):
    """How one try ended. A try that has not ended has none."""

    DELIVERED = "delivered", _("Delivered")
    TEMPORARY = FailureKind.TEMPORARY.value, _("Temporary fault")
    UNANSWERED = FailureKind.UNANSWERED.value, _("No answer")
    THROTTLED = FailureKind.THROTTLED.value, _("Told to slow down")
    MISCONFIGURED = FailureKind.MISCONFIGURED.value, _("Settings must change")
    REJECTED = FailureKind.REJECTED.value, _("Refused")
    DEFECT = FailureKind.DEFECT.value, _("Fault of Lead CRM")
    NOT_SENT = "not_sent", _("Given back unsent")


ARRIVAL_LABELS = {
    Arrival.CREATED: _("New record"),
    Arrival.UPDATED: _("Existing person updated"),
    Arrival.ALREADY_THERE: _("Was already there"),
    Arrival.UNCONFIRMED: _("Accepted, not confirmed"),
    Arrival.DOUBTFUL: _("Taken, but by something that does not answer like this system"),
}


class PausedBy(models.TextChoices):
    MACHINE = "machine", _("Lead CRM")
    PERSON = "person", _("A person")


class ProofKind(models.TextChoices):
    """``CHECK`` writes nothing over there; ``TEST_LEAD`` goes the way of a real one; ``RENEWAL`` is a check of
    credentials that are kept only if they pass it."""

    CHECK = "check", _("Check")
    TEST_LEAD = "test_lead", _("Test lead")
    RENEWAL = "renewal", _("New credentials")


class Verdict(models.TextChoices):
    """What the look at one part of the installation found."""

    GOOD = "good", _("Good")
    WARNING = "warning", _("Look at it")
    BAD = "bad", _("Wrong")


class PrivacyAction(models.TextChoices):
    HOLD = "hold", _("Forward nothing")
    STRIP = "strip", _("Forward without personal data")
    OFF = "off", _("Forward everything")
