"""A destination's credentials renewed by who may not change its settings: entered, tested, and kept if they pass."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from integrations.registry import KINDS, connector_class
from leads.admin.destinations.destination_form import stored_settings
from leads.admin.theme import themed
from leads.delivery import proving
from leads.delivery.renewing import sealed
from leads.hints import after_commit
from leads.models import Destination
from leads.states import ProofKind
from leads.tasks import prove_destinations

if TYPE_CHECKING:
    from leads.admin.acting import ActingAdmin

    Base = ActingAdmin
else:
    Base = object


class RenewalForm(forms.Form):
    """The secrets that are set, each with the day on which it ends where that is known of its kind."""

    def __init__(self, destination: Destination, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.config_class = connector_class(destination.kind).Config
        self.stored = stored_settings(destination)
        for name in self._names():
            self._show(name, is_first=not self.fields)

    def _names(self) -> list[str]:
        """All that matter where none can be read: the key that encrypted them is gone."""
        config = self.config_class.of(self.stored)
        config.is_valid()
        wanted = [name for name in config.secret_names() if name not in config.once_stored and config.is_shown(name)]
        return [name for name in wanted if self.stored.get(name)] or wanted

    def _show(self, name: str, *, is_first: bool) -> None:
        self.fields[name] = themed(deepcopy(self.config_class.base_fields[name]))
        self.fields[name].required = False
        if is_first:
            self.fields[name].widget.attrs["autofocus"] = True
        if (end := _end_of(name)) in self.config_class.base_fields:
            self.fields[end] = themed(deepcopy(self.config_class.base_fields[end]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        posted = {name: self.data.get(name) for name in self.fields}
        initial = self.config_class.of(self.stored).data
        self.config = self.config_class(data={**initial, **posted}, stored=self.stored)
        for name, errors in self.config.errors.items():
            for error in errors.as_data() if not self.has_error(name) else ():
                self.add_error(name if name in self.fields else None, error)
        if not self.errors and not self.secrets:
            self.add_error(None, _("Enter what is new. What is left empty stays as it is."))
        return cleaned

    @property
    def secrets(self) -> dict[str, str]:
        """Those that differ from what is stored, by name."""
        new = {name: self.config.cleaned_data.get(name, "") for name in self.config.secret_names()}
        return {name: secret for name, secret in new.items() if secret != self.stored.get(name, "")}

    @property
    def ends(self) -> dict[str, Any]:
        """Of new secrets; the day on which the old one ended says nothing about them."""
        return {end: self.cleaned_data[end] for name in self.secrets if (end := _end_of(name)) in self.fields}


def _end_of(name: str) -> str:
    return f"{name}_ends_on"


class RenewalPage(Base):
    """The page of the form."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.renewal_view)
        return [path("<int:pk>/credentials/", view, name="leads_destination_credentials"), *super().get_urls()]

    def renewal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        shown: Destination | None = self.get_object(request, str(pk))
        if not request.user.has_perm("leads.renew_credential"):
            raise PermissionDenied
        if shown is None:
            return self._missing(request, str(pk))
        if shown.kind not in KINDS:
            return self._back(request, shown)
        form = RenewalForm(shown, request.POST if request.method == "POST" else None)
        if form.is_valid():
            self._renew(request, shown, form)
            return self._back(request, shown)
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        context = frame | {"title": _("Credentials of %(name)s") % {"name": shown}, "original": shown, "form": form}
        return TemplateResponse(request, "leads/destination_credentials.html", context)

    def _renew(self, request: HttpRequest, destination: Destination, form: RenewalForm) -> None:
        seal = sealed(form.secrets, form.ends)
        asked = proving.ask(destination.pk, ProofKind.RENEWAL, renewal=seal)
        if asked:
            self.log_change(request, destination, _("New credentials entered. They are kept if they pass a test."))
            after_commit(prove_destinations)
        text = _("Being tested. The old ones are used until the new ones have passed; the result appears below.")
        self.say(request, asked, text if asked else _("Others are being tested already. Try again in a minute."))
