"""Invite a colleague: they get a link with which they set their password, by mail or from whoever invites them.

The link is Django's for passwords that were forgotten: it holds for ``PASSWORD_RESET_TIMEOUT``, and once.
"""

from smtplib import SMTPException
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.theme import themed

DAYS_VALID = settings.PASSWORD_RESET_TIMEOUT // 86_400


class InviteForm(forms.ModelForm):  # type: ignore[type-arg]
    """Without a name to sign in with, it is the e-mail address."""

    use_required_attribute = False  # a browser would ask for a tick at each of the groups

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "username", "groups")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].required = False
        self.fields["username"].help_text = gettext_lazy("Left empty, they sign in with their e-mail address.")
        self.fields["email"].widget.attrs["autofocus"] = True
        # Who is in no group can sign in, and sees nothing.
        self.fields["groups"].required = True
        self.fields["groups"].error_messages["required"] = _("Choose what they may do: at least one group.")

    def clean_email(self) -> str:
        """A colleague's is refused: what is mailed there would be for two accounts."""
        address: str = self.cleaned_data["email"]
        colleague = User.objects.filter(email__iexact=address, is_active=True).first() if address else None
        if colleague:
            text = _("%(name)s has this e-mail address already. Send them a new link instead.")
            raise ValidationError(text, params={"name": words.person(colleague)})
        return address

    def clean_username(self) -> str:
        """After that of the e-mail address, which comes before it."""
        name: str = self.cleaned_data.get("username") or self.cleaned_data.get("email", "")
        if not name and "email" in self.errors:
            return ""  # what is wrong with the address is said there
        if not name:
            raise ValidationError(_("Give an e-mail address, or a name to sign in with."))
        User._meta.get_field("username").run_validators(name)
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("Somebody signs in with this name already."))
        return name


def link_for(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("set_password", kwargs={"uidb64": uid, "token": default_token_generator.make_token(user)})
    return f"{settings.LEADCRM_PUBLIC_URL}{path}"


def invite(request: HttpRequest, user: User) -> None:
    """Sends the link, or shows it to who invites, this once."""
    link, fault = link_for(user), ""
    if settings.LEADCRM_SENDS_MAIL and user.email:
        try:
            _mail(request, user, link)
        except (SMTPException, OSError) as error:
            fault = type(error).__name__
        else:
            text = _("A link to set a password was sent to %(address)s. It holds for %(days)d days.")
            messages.success(request, text % {"address": user.email, "days": DAYS_VALID})
            return
    context = {"link": link, "name": words.person(user), "days": DAYS_VALID, "fault": fault}
    messages.info(request, render_to_string("leads/invited.html", context, request))


def _mail(request: HttpRequest, user: User, link: str) -> None:
    assert isinstance(request.user, User)
    text = _(
        "%(name)s invites you to Lead CRM at %(place)s, where you sign in as %(username)s.\n\n"
        "Set your password here, within %(days)d days:\n%(link)s\n"
    )
    names = {
        "name": words.person(request.user),
        "place": settings.LEADCRM_PUBLIC_URL,
        "username": user.get_username(),
        "days": DAYS_VALID,
        "link": link,
    }
    EmailMessage(_("Your access to Lead CRM"), text % names, settings.DEFAULT_FROM_EMAIL, [user.email]).send()


class SetPassword(PasswordResetConfirmView):
    """Where the link leads: whoever has it sets the password and is signed in."""

    template_name = "leads/set_password.html"
    post_reset_login = True
    post_reset_login_backend = "django.contrib.auth.backends.ModelBackend"
    success_url = reverse_lazy("admin:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what the theme's frame needs."""
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        for name in form.fields:
            form.fields[name] = themed(form.fields[name])
        return form
