"""Why a mail or a message to a chat did not go out."""

from dataclasses import dataclass
from smtplib import SMTPDataError, SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPSenderRefused

from django.utils.translation import gettext as _

from integrations.diagnosis import diagnose

PERMANENT = 500
"""From here on an answer of a mail server means: do not try again (RFC 5321, 4.2.1)."""


@dataclass(frozen=True)
class Fault:
    """``name`` is stored, and holds nothing of what the other side said; ``is_away``: it would not take any other
    either; ``is_final``: nor this one at any time."""

    name: str
    is_away: bool = False
    is_final: bool = False


def fault_of(error: Exception) -> Fault:
    """Of a try to send a mail."""
    name = type(error).__name__
    if isinstance(error, SMTPRecipientsRefused):
        return Fault(name, is_final=all(code >= PERMANENT for code, _text in error.recipients.values()))
    if isinstance(error, SMTPDataError | SMTPSenderRefused):
        return Fault(name)
    if isinstance(error, ValueError | SMTPNotSupportedError):  # an address or a header that no mail can have
        return Fault(name, is_final=True)
    return Fault(name, is_away=isinstance(error, SMTPException | OSError))


def in_words(name: str) -> str:
    """A fault for people."""
    if name == "SMTPRecipientsRefused":
        return _("The mail server takes no mail for this address.")
    if name == "SMTPAuthenticationError":
        return _("The mail server refuses our user name or password.")
    if name in ("SMTPDataError", "SMTPSenderRefused", "SMTPNotSupportedError", "ValueError", "UnicodeEncodeError"):
        return _("The mail server does not take this mail (%(fault)s).") % {"fault": name}
    if name.startswith("SMTP") or name.endswith("Error") or name == "timeout":
        return _("The mail server does not answer (%(fault)s).") % {"fault": name}
    return str(diagnose(name).meaning)
