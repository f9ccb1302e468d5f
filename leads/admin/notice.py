"""What people were told, and whether it reached them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.theme import ChoicesDropdownFilter, ModelAdmin
from leads.models import Notice
from leads.models.notice import NoticeState
from leads.notices.wording import words_of
from leads.templatetags.leadcrm import ago

TONES = {NoticeState.WAITING: "wait", NoticeState.SENT: "good", NoticeState.FAILED: "bad", NoticeState.KEPT: "mute"}


@admin.register(Notice)
class NoticeAdmin(ModelAdmin):
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

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, notice: Notice) -> SafeString:
        return words.pill(notice.get_state_display(), TONES[NoticeState(notice.state)])

    @admin.display(description=gettext_lazy("Made"))
    def made(self, notice: Notice) -> SafeString | str:
        return ago(notice.created_at)

    @admin.display(description=gettext_lazy("Sent"))
    def sent(self, notice: Notice) -> SafeString | str:
        return ago(notice.sent_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
