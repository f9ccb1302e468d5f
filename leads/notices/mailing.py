"""A notice as mail to the people who look after this installation."""

from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage

from leads.models import Notice
from leads.notices.wording import words_of
from leads.roles import OPS, OWNER


def recipients() -> list[User]:
    """The active people in the groups that run the installation, each address once."""
    people = User.objects.filter(is_active=True, groups__name__in=[OPS, OWNER]).exclude(email="")
    return list({person.email: person for person in people.order_by("email", "-id")}.values())


def mail(notice: Notice, people: list[User]) -> str:
    """One message each: nobody needs to know who else was told, and an address that is refused keeps it from nobody
    else. Returns the name of the last fault, empty where there was none."""
    fault = ""
    for person in people:
        if person.pk in notice.told:
            continue
        try:
            _message(notice, person.email).send()
        except (SMTPException, OSError) as error:
            fault = type(error).__name__
            if not isinstance(error, SMTPRecipientsRefused):  # the server's fault, not the address's
                break
        else:
            notice.told.append(person.pk)
            notice.save(update_fields=["told"])
    return fault


def _message(notice: Notice, address: str) -> EmailMessage:
    words = words_of(notice)
    body = f"{words.text}\n\n{settings.LEADCRM_PUBLIC_URL}{words.path}\n"
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{notice.id}@lead-crm>"}
    return EmailMessage(f"[Lead CRM] {words.subject}", body, settings.DEFAULT_FROM_EMAIL, [address], headers=headers)
