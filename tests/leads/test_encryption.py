"""Secrets at rest."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from leads.encryption import SecretUnreadable, decrypt, encrypt

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_was_encrypted_can_be_read_and_does_not_show(settings: Any) -> None:
    settings.LEADCRM_FIELD_KEYS = [OLD]
    assert decrypt(encrypt("hunter2 🔑")) == "hunter2 🔑"
    assert "hunter2" not in encrypt("hunter2")
    assert encrypt("hunter2") != encrypt("hunter2")


def test_an_older_key_still_decrypts_and_the_first_one_encrypts(settings: Any) -> None:
    settings.LEADCRM_FIELD_KEYS = [OLD]
    before = encrypt("hunter2")
    settings.LEADCRM_FIELD_KEYS = [NEW, OLD]
    assert decrypt(before) == "hunter2"
    after = encrypt("hunter2")
    settings.LEADCRM_FIELD_KEYS = [NEW]
    assert decrypt(after) == "hunter2"
    with pytest.raises(SecretUnreadable):
        decrypt(before)


@pytest.mark.parametrize("stored", ["", "hunter2", "gAAAAA=="])
def test_what_no_key_opens_is_said_to_be_unreadable_without_repeating_it(settings: Any, stored: str) -> None:
    settings.LEADCRM_FIELD_KEYS = [OLD]
    with pytest.raises(SecretUnreadable) as unreadable:
        decrypt(stored)
    assert str(unreadable.value) == ""
