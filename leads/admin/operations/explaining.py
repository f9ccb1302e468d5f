"""Explain a message that somebody got by mail or read in a portal: what it means, and what to do."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.diagnosis import CATALOGUE, diagnose, microsoft_texts
from leads.admin.theme import themed

if TYPE_CHECKING:
    from leads.admin.theme import ModelAdmin

    Base = ModelAdmin
else:
    Base = object

LONGEST_MESSAGE = 20_000
# What leads that do not come, without any message, may be due to.
SILENT = ("salesforce_nothing_arrives", "azure_blob_withdrawn", *microsoft_texts.CATALOGUE)


class MessageForm(forms.Form):
    message = themed(
        forms.CharField(
            label=gettext_lazy("Message"),
            max_length=LONGEST_MESSAGE,
            widget=forms.Textarea(attrs={"rows": 6}),
            help_text=gettext_lazy("Paste it whole, with its codes. It is not kept."),
        )
    )


class ExplainPage(Base):
    """The page beside the list of destinations."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.explain_view)
        return [path("explain/", view, name="leads_destination_explain"), *super().get_urls()]

    def explain_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("leads.operate_destination"):
            raise PermissionDenied
        form = MessageForm(request.POST or None)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": _("Explain an error"),
            "form": form,
            "silent": [diagnose(cause) for cause in SILENT if cause in CATALOGUE],
        }
        if form.is_bound and form.is_valid():
            match = microsoft_texts.cause_of(form.cleaned_data["message"])
            context |= {"is_answered": True, "found": diagnose(match.cause, match.params) if match else None}
        return TemplateResponse(request, "leads/explain.html", context)
