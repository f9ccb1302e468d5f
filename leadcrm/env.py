"""Every setting that comes from the environment, read and checked in one place.

A wrong value stops the start with the names of all wrong variables. ``NAME_FILE`` may hold the path of a file with
the value, for secrets that a platform mounts as files. The README shows the same table; a test keeps them equal.
"""

import ipaddress
import os
import zoneinfo
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from environs import EnvValidationError, FileAwareEnv, ValidationError

from leadcrm import embedded

FERNET_KEY_RECIPE = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"  # as shown to people
)


def _is_secret_key(text: str) -> None:
    if len(text) < 50 or len(set(text)) < 5:
        raise ValidationError("must be random text of at least 50 characters")


def _are_field_keys(texts: Sequence[str]) -> None:
    try:
        keys = [Fernet(text) for text in texts]
    except ValueError:
        keys = []
    if not keys:
        raise ValidationError(
            f"must be Fernet keys with commas between, newest first; make one with {FERNET_KEY_RECIPE}"
        )


def _is_public_url(text: str) -> None:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValidationError("must look like https://leads.example.com, without a path")


def _is_time_zone(text: str) -> None:
    if text not in zoneinfo.available_timezones():
        raise ValidationError("must be the name of a time zone, such as Europe/Berlin or Asia/Seoul")


def _are_networks(texts: Sequence[str]) -> None:
    for text in texts:
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            raise ValidationError(f"must be networks such as 10.1.0.0/16, separated by commas: {error}") from error


def _is_positive(number: float) -> None:
    if number <= 0:
        raise ValidationError("must be greater than 0")


def _is_not_negative(number: int) -> None:
    if number < 0:
        raise ValidationError("must not be below 0")


def _are_waits(seconds: Sequence[int]) -> None:
    if not seconds or any(wait < 1 for wait in seconds):
        raise ValidationError("must be numbers of seconds of at least 1, separated by commas")


def _one_of(*choices: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if text not in choices:
            raise ValidationError(f"must be one of {', '.join(choices)}")

    return check


env = FileAwareEnv(eager=False, strip_whitespace=True)
if os.environ.get("LEADCRM_READ_LOCAL_ENV", "true").lower() == "true":
    env.read_env(embedded.local_env_file(), recurse=False, override=False)

SECRET_KEY: str = env.str("LEADCRM_SECRET_KEY", validate=_is_secret_key)
FIELD_KEYS: list[str] = env.list("LEADCRM_FIELD_KEYS", validate=_are_field_keys)
PUBLIC_URL: str = env.str("LEADCRM_PUBLIC_URL", "http://127.0.0.1:8000", validate=_is_public_url)
ALLOWED_HOSTS: list[str] = env.list("LEADCRM_ALLOWED_HOSTS", [])
PROXY_COUNT: int = env.int("LEADCRM_PROXY_COUNT", 0, validate=_is_not_negative)
DATABASE: dict[str, object] = env.dj_db_url("DATABASE_URL", f"sqlite:///{embedded.state_dir() / 'leadcrm.sqlite3'}")
BROKER_URL: str = env.str("CELERY_BROKER_URL", embedded.broker_url())
TIME_ZONE: str = env.str("LEADCRM_TIME_ZONE", "UTC", validate=_is_time_zone)
LANGUAGE: str = env.str("LEADCRM_LANGUAGE", "en", validate=_one_of("en", "ko"))
DEBUG: bool = env.bool("LEADCRM_DEBUG", False)
LOG_LEVEL: str = env.str("LEADCRM_LOG_LEVEL", "INFO", validate=_one_of("DEBUG", "INFO", "WARNING", "ERROR"))
ALLOWED_PRIVATE_NETWORKS: list[str] = env.list("LEADCRM_ALLOWED_PRIVATE_NETWORKS", [], validate=_are_networks)
ALLOW_HTTP_DESTINATIONS: bool = env.bool("LEADCRM_ALLOW_HTTP_DESTINATIONS", False)
SANDBOX_URL: str = env.str("LEADCRM_SANDBOX_URL", "")
SANDBOX_SECRET: str = env.str("LEADCRM_SANDBOX_SECRET", "")
WEBHOOK_LIMIT_PER_MINUTE: int = env.int("LEADCRM_WEBHOOK_LIMIT_PER_MINUTE", 6000, validate=_is_not_negative)
REPEAT_WINDOW_SECONDS: int = env.int("LEADCRM_REPEAT_WINDOW_SECONDS", 600, validate=_is_positive)
RETRY_WAITS: list[int] = env.list(
    "LEADCRM_RETRY_WAITS",
    [10, 60, 300, 900, 3600, 7200, 14400, 28800, 43200, 86400, 86400],
    subcast=int,
    validate=_are_waits,
)
DELIVERY_DEADLINE_DAYS: int = env.int("LEADCRM_DELIVERY_DEADLINE_DAYS", 14, validate=_is_positive)

try:
    env.seal()
except EnvValidationError as error:
    complaints = cast(dict[str, list[object]], error.error_messages)
    lines = "\n".join(
        f"  {name}: {' '.join(str(message) for message in messages)}" for name, messages in sorted(complaints.items())
    )
    raise SystemExit(
        f"Lead CRM cannot start: these settings are missing or wrong.\n{lines}\n"
        "Set them in the environment (or NAME_FILE with the path of a file), or run `make run`, which makes them."
    ) from None
