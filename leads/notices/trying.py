"""One message now, so that somebody sees whether any would arrive."""

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.models import Team
from leads.models.ids import new_id
from leads.notices import faults
from leads.notices.sales_sending import Post, say_in_chat
from leads.notices.sales_wording import Message, address_of


def why_no_mail(user: User) -> str:
    """Why not; empty where they can be sent mail."""
    if not settings.LEADCRM_SENDS_MAIL:
        return _("No mail server is set up here (LEADCRM_EMAIL_URL). Notices are shown on this page only.")
    if not user.email:
        return _("Your account has no e-mail address. Ask who looks after users here to enter one.")
    return ""


def try_mail(user: User) -> str:
    """Why it was not sent; empty when it was."""
    if why_not := why_no_mail(user):
        return why_not
    text = _("Mail of Lead CRM reaches you. What you are told of, and when:")
    address = address_of(reverse("admin:leads_my_settings"))
    post = Post()
    try:
        fault = post.send(user.email, f"[Lead CRM] {_('This is a test')}", f"{text}\n{address}\n", new_id())
    finally:
        post.close()
    return faults.in_words(fault.name) if fault else ""


def try_chat(team: Team) -> str:
    """The same for the chat of a team."""
    message = Message(_("This is a test"), _("What Lead CRM has to say reaches this chat."), reverse("admin:index"))
    fault = say_in_chat(team, message)
    return faults.in_words(fault.name) if fault else ""
