"""Secrets at rest: Fernet with rotating keys. The first of ``LEADCRM_FIELD_KEYS`` encrypts, every one decrypts."""

from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):
    """None of the installation's keys opens a stored secret."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _fernet(tuple(settings.LEADCRM_FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind ``encrypt``. Raises ``SecretUnreadable`` when its key is gone."""
    try:
        return _fernet(tuple(settings.LEADCRM_FIELD_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error
