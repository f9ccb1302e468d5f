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
