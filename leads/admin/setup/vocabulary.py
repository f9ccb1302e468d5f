"""The publisher's own words, and whose personal data is held back."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from leads.admin.theme import ModelAdmin
from leads.models import PrivacyRule, Term


@admin.register(Term)
class TermAdmin(ModelAdmin):
    list_display = ("code", "kind", "label", "warmth")
    nothing_yet = _("The marketplace's own words are known. Add new ones, or your own words for them.")
    fields = ("kind", "code", "label", "warmth")


@admin.register(PrivacyRule)
class PrivacyRuleAdmin(ModelAdmin):
    list_display = ("domain", "action")
    nothing_yet = _("No personal data is held back.")
    fields = ("domain", "action")
