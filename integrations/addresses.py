"""Addresses that people enter in settings, by the rules of this installation."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.text import format_lazy

from integrations.diagnosis import diagnose
from integrations.transport import DestinationBlocked, Policy, permitted_url


def must_be_permitted(url: str, label: str | Promise) -> None:
    """Raises ``ValidationError``, which names the field, when this installation must not call the address."""
    try:
        permitted_url(url, Policy.of_installation())
    except DestinationBlocked as blocked:
        words = diagnose(blocked.cause)
        message = format_lazy("{}: {} {}", label, words.meaning, words.remedy)
        raise ValidationError(message, code=blocked.cause) from None


def origin_of(url: str, label: str | Promise) -> str:
    """Scheme, host and port. Raises ``ValidationError`` as ``must_be_permitted`` does."""
    must_be_permitted(url, label)
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"
