"""The publisher's own words, and whose personal data is held back."""

from django.contrib import admin

from leads.admin.theme import ModelAdmin
from leads.models import PrivacyRule, Term


@admin.register(Term)
class TermAdmin(ModelAdmin):
    list_display = ("code", "kind", "label", "warmth")
    fields = ("kind", "code", "label", "warmth")
    actions = None


@admin.register(PrivacyRule)
class PrivacyRuleAdmin(ModelAdmin):
    list_display = ("domain", "action")
    fields = ("domain", "action")
    actions = None
