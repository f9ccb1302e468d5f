"""What people were told, and whether it reached them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin.theme import ChoicesDropdownFilter, ModelAdmin
from leads.models import Notice, SalesNotice
from leads.models.notice import NoticeState
from leads.notices import faults
from leads.notices.wording import words_of
from leads.templatetags.leadcrm import ago, coming

TONES = {NoticeState.WAITING: "wait", NoticeState.SENT: "good", NoticeState.FAILED: "bad"}


def state_pill(notice: Notice | SalesNotice) -> SafeString:
    return words.pill(notice.get_state_display(), TONES.get(NoticeState(notice.state), "mute"))


class ReadOnlyAdmin(ModelAdmin):
    """Rows that the machine writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, notice: Any) -> SafeString:
        return state_pill(notice)

    @admin.display(description=gettext_lazy("Made"))
    def made(self, notice: Any) -> SafeString | str:
        return ago(notice.created_at)

    @admin.display(description=gettext_lazy("Sent"))
    def sent(self, notice: Any) -> SafeString | str:
        return ago(notice.sent_at)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("subject", "destination", "state_pill", "made")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("destination", "trouble__destination", "trouble__endpoint")
    fields = readonly_fields = ("subject", "text", "destination", "state_pill", "fault", "tries", "made", "sent")
    nothing_yet = gettext_lazy("Nothing had to be told so far.")

    @admin.display(description=gettext_lazy("Subject"))
    def subject(self, notice: Notice) -> str:
        return words_of(notice).subject

    @admin.display(description=gettext_lazy("Text"))
    def text(self, notice: Notice) -> str:
        return words_of(notice).text


@admin.register(SalesNotice)
class SalesNoticeAdmin(ReadOnlyAdmin):
    """For who looks after the installation; everybody sees their own in their settings."""

    list_display = ("what", "to", "state_pill", "why_not", "made")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("user", "team")
    fields = readonly_fields = ("what", "to", "about", "state_pill", "why_not", "tries", "next_try", "made", "sent")
    nothing_yet = gettext_lazy("Nobody had to be told of a lead so far.")

    @admin.display(description=gettext_lazy("Kind"))
    def what(self, notice: SalesNotice) -> str:
        return what_it_tells(notice)

    @admin.display(description=gettext_lazy("Recipient"))
    def to(self, notice: SalesNotice) -> str:
        if notice.team:
            return _("Chat of %(team)s") % {"team": notice.team}
        return words.person(notice.user) if notice.user else notice.address

    @admin.display(description=gettext_lazy("Lead"))
    def about(self, notice: SalesNotice) -> SafeString | str:
        if notice.lead_id is None:
            return "–"
        page = reverse("admin:leads_lead_change", args=[notice.lead_id])
        return format_html('<a href="{}">{}</a>', page, _("Open the lead"))

    @admin.display(description=gettext_lazy("Why it was not sent"))
    def why_not(self, notice: SalesNotice) -> str:
        return faults.in_words(notice.fault) if notice.fault else "–"

    @admin.display(description=gettext_lazy("Next try"))
    def next_try(self, notice: SalesNotice) -> SafeString | str:
        return coming(notice.next_attempt_at) if notice.state == NoticeState.WAITING else "–"


def what_it_tells(notice: SalesNotice) -> str:
    """ "Lead given · 12 leads"."""
    count = notice.leads_told
    how_many = ngettext("%(count)d lead", "%(count)d leads", count) % {"count": count} if count > 1 else ""
    return words.join_words(notice.get_kind_display(), how_many)
