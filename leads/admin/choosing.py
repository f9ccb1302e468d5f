"""Fields with which people choose offers, countries, sources, actions and colleagues: by their names."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads import words
from leads.admin.theme import RowsField, themed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NONE_CHOSEN = _("None chosen: all of them.")
CHOICES: dict[str, Callable[[], Any]] = {
    "sources": words.source_choices,
    "actions": words.action_choices,
    "countries": words.country_choices,
}


def codes_field(label: "StrOrPromise", *, required: bool = False) -> Any:
    """Any number of codes; which there are, ``offer_choices`` says once the form is made."""
    return themed(forms.MultipleChoiceField(label=label, required=required))


def offer_choices(form: "forms.ModelForm[Any]") -> None:
    """Every code that is known, and those that are stored but no longer known. An empty condition means all."""
    for name in CHOICES.keys() & form.fields.keys():
        known, stored = CHOICES[name](), getattr(form.instance, name)
        field = form.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [*known, *((code, code) for code in stored if code not in dict(known))]
        if not field.required:
            field.help_text = NONE_CHOSEN


class PeopleField(RowsField):
    """Colleagues who can sign in, and those who were chosen when they still could."""

    def __init__(self, label: "StrOrPromise", **kwargs: Any) -> None:
        super().__init__(User.objects.none(), label=label, required=False, **kwargs)

    def offer(self, chosen: Any = ()) -> None:
        people = User.objects.filter(Q(is_active=True) | Q(pk__in=[user.pk for user in chosen]))
        self.queryset = people.order_by("first_name", "last_name", "username")

    def label_from_instance(self, obj: User) -> str:
        name = words.person(obj)
        return name if obj.is_active else _("%(name)s (inactive)") % {"name": name}


class AddressesField(forms.CharField):
    """E-mail addresses, which the form shows and reads with commas between; stored as a list."""

    MOST = 10

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        addresses = [text.strip() for text in super().clean(value).replace(";", ",").split(",") if text.strip()]
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError:
                text = gettext("“%(text)s” is no e-mail address. Write for example sales@contoso.example.")
                raise ValidationError(text, params={"text": address}) from None
        if len(addresses) > self.MOST:
            raise ValidationError(gettext("At most %(count)d addresses."), params={"count": self.MOST})
        return list(dict.fromkeys(addresses))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def people_field(label: "StrOrPromise", **kwargs: Any) -> Any:
    return themed(PeopleField(label, **kwargs))
