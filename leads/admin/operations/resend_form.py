"""Which deliveries a replay is about: a form whose values stand in the address, so that a link can lead to any."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.theme import themed
from leads.delivery.resend_jobs import PERMISSIONS
from leads.delivery.resend_plans import complaints
from leads.models import Destination, Offer, ResendJob
from leads.models.resend_job import ResendKind
from leads.states import DeliveryState

STATES = [
    (DeliveryState.FAILED.value, DeliveryState.FAILED.label),
    (DeliveryState.CANCELLED.value, DeliveryState.CANCELLED.label),
    (DeliveryState.QUEUED.value, gettext_lazy("Waiting for the next try: now")),
]
ONLY_FOR_FAILED = {"data-shown-when": f"kind={ResendKind.FAILED.value}"}


class MomentField(forms.DateTimeField):
    """In UTC, so that no time near the ends of the calendar is none there."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class ResendForm(forms.Form):
    kind = themed(forms.ChoiceField(label=gettext_lazy("What")))
    destination = themed(
        forms.ModelChoiceField(
            Destination.objects.all(),
            label=gettext_lazy("Destination"),
            required=False,
            empty_label=gettext_lazy("All destinations"),
        )
    )
    since = themed(MomentField(label=gettext_lazy("Since"), required=False))
    until = themed(
        MomentField(label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: until this moment."))
    )
    offer = themed(
        forms.ModelChoiceField(
            Offer.objects.all(), label=gettext_lazy("Offer"), required=False, empty_label=gettext_lazy("All offers")
        )
    )
    states = themed(
        forms.MultipleChoiceField(
            label=gettext_lazy("State"),
            choices=STATES,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            initial=[DeliveryState.FAILED],
        )
    )
    reason = themed(forms.ChoiceField(label=gettext_lazy("Reason"), required=False))

    def __init__(self, user: User | AnonymousUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("states", "reason"):
            self.fields[name].widget.attrs |= ONLY_FOR_FAILED
        kinds = [(kind.value, kind.label) for kind in ResendKind if user.has_perms(PERMISSIONS[kind])]
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds
        cast(forms.ChoiceField, self.fields["reason"]).choices = [("", _("Any reason")), *words.reason_choices()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") != ResendKind.FAILED:
            # The page hides them; what they hold is from before another kind was chosen.
            cleaned["states"] = [DeliveryState.DELIVERED] if cleaned.get("kind") == ResendKind.DELIVERED else []
            cleaned["reason"] = ""
        elif not cleaned.get("states"):
            cleaned["states"] = [DeliveryState.FAILED]
        if not self.errors:
            for name, text in complaints(self.job()).items():
                self.add_error(name, text)
        return cleaned

    def job(self) -> ResendJob:
        """Not stored."""
        return ResendJob(**self.cleaned_data)


def address_of(given: Mapping[str, Any]) -> str:
    """Of the page that asks whether these are to be sent again. Names are those of the form; a value may be a list."""
    query = QueryDict(mutable=True)
    for name, value in given.items():
        query.setlist(name, [_as_text(one) for one in (value if isinstance(value, list) else [value]) if one])
    return f"{reverse('admin:leads_resendjob_add')}?{query.urlencode()}"


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
