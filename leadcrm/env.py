"""Every setting that comes from the environment, read and checked in one place.

A wrong value stops the start with the names of all wrong variables. ``NAME_FILE`` may hold the path of a file with
the value, for secrets that a platform mounts as files. The README shows the same table; a test keeps them equal.
"""

import ipaddress
import os
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, cast
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from cryptography.fernet import Fernet
from environs import EnvValidationError, FileAwareEnv, ValidationError

from leadcrm import embedded

FERNET_KEY_RECIPE = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"  # as shown to people
)

OURS = ("LEADCRM_", "DATABASE_URL", "CELERY_BROKER_URL")
LONGEST_WAIT = 30 * 24 * 3600


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
    try:
        parts = urlsplit(text)
        is_plain = parts.port != 0 and not (parts.username or parts.path.strip("/") or parts.query or parts.fragment)
    except ValueError:  # brackets or port
        is_plain = False
    if not is_plain or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValidationError("must look like https://leads.example.com, without a path")


def _is_broker_url(text: str) -> None:
    if not text.startswith(("redis://", "rediss://", "redis+socket:///")):
        raise ValidationError("must look like redis://broker.example.com:6379/0, rediss://… or redis+socket:///path")


def _is_database_url(text: str) -> None:
    try:
        engine = dj_database_url.parse(text)["ENGINE"]
    except ValueError:
        engine = ""
    if engine not in ("django.db.backends.postgresql", "django.db.backends.sqlite3"):
        raise ValidationError("must look like postgresql://user:password@host:5432/name or sqlite:////path/of/file")


def _is_email_url(text: str) -> None:
    if text and urlsplit(text).scheme not in ("smtp", "smtps", "smtp+tls", "smtp+ssl", "console"):
        raise ValidationError("must look like smtp+tls://user:password@mail.example.com:587")


def _is_chat_url(text: str) -> None:
    if text and not (text.startswith("https://") and urlsplit(text).hostname):
        raise ValidationError("must be the https:// address of an incoming webhook of Microsoft Teams or Slack")


def _is_metrics_token(text: str) -> None:
    if text and not re.fullmatch(r"[!-~]{20,}", text):
        raise ValidationError("must be random text of at least 20 characters without spaces")


def _is_address(text: str) -> None:
    if text and not re.fullmatch(r"(.* <)?[^@\s<>]+@[^@\s<>]+>?", text):
        raise ValidationError("must be an address such as leads@example.com")


def _is_time_zone(text: str) -> None:
    if text not in zoneinfo.available_timezones():
        raise ValidationError("must be the name of a time zone, such as Europe/Berlin or Asia/Seoul")


def _are_networks(texts: Sequence[str]) -> None:
    for text in texts:
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            raise ValidationError(f"must be networks such as 10.1.0.0/16, separated by commas: {error}") from error


def _is_not_negative(number: int) -> None:
    if number < 0:
        raise ValidationError("must not be below 0")


def _from_one_to(most: int) -> Callable[[int], None]:
    def check(number: int) -> None:
        if not 1 <= number <= most:
            raise ValidationError(f"must be from 1 to {most}")

    return check


def _are_waits(texts: Sequence[str]) -> None:
    if not texts or not all(text.strip().isdecimal() and 1 <= int(text) <= LONGEST_WAIT for text in texts):
        raise ValidationError(f"must be numbers of seconds from 1 to {LONGEST_WAIT}, separated by commas")


def _is_folder(path: Path) -> None:
    if not path.is_absolute() or (path.exists() and not path.is_dir()):
        raise ValidationError("must be the absolute path of a folder; it is made when it does not exist")


def _one_of(*choices: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if text not in choices:
            raise ValidationError(f"must be one of {', '.join(choices)}")

    return check


def _stop(complaints: Mapping[str, Sequence[object]]) -> NoReturn:
    lines = "\n".join(
        f"  {name}: {' '.join(str(message) for message in messages)}" for name, messages in sorted(complaints.items())
    )
    raise SystemExit(
        f"Lead CRM cannot start: these settings are missing or wrong.\n{lines}\n"
        "Set them in the environment (or NAME_FILE with the path of a file), or run `make run`, which makes them."
    ) from None


def _unreadable_files() -> dict[str, list[str]]:
    """The ``NAME_FILE`` of ours whose file cannot be read."""
    files = {name: path for name, path in os.environ.items() if name.startswith(OURS) and name.endswith("_FILE")}
    readable = {name for name, path in files.items() if Path(path).is_file() and os.access(path, os.R_OK)}
    return {name: ["must be the path of a file that can be read"] for name in files.keys() - readable}


if unreadable := _unreadable_files():
    _stop(unreadable)

env = FileAwareEnv(eager=False, strip_whitespace=True)
if os.environ.get("LEADCRM_READ_LOCAL_ENV", "true").lower() == "true":
    env.read_env(embedded.local_env_file(), recurse=False, override=False)

SECRET_KEY: str = env.str("LEADCRM_SECRET_KEY", validate=_is_secret_key)
FIELD_KEYS: list[str] = env.list("LEADCRM_FIELD_KEYS", validate=_are_field_keys)
PUBLIC_URL: str = env.str("LEADCRM_PUBLIC_URL", "http://127.0.0.1:8000", validate=_is_public_url)
ALLOWED_HOSTS: list[str] = env.list("LEADCRM_ALLOWED_HOSTS", [])
PROXY_COUNT: int = env.int("LEADCRM_PROXY_COUNT", 0, validate=_is_not_negative)
DATABASE_URL: str = env.str(
    "DATABASE_URL", f"sqlite:///{embedded.state_dir() / 'leadcrm.sqlite3'}", validate=_is_database_url
)
SPOOL_DIR: Path = env.path("LEADCRM_SPOOL_DIR", embedded.state_dir() / "spool", validate=_is_folder)
EXPORT_DIR: Path = env.path("LEADCRM_EXPORT_DIR", embedded.state_dir() / "exports", validate=_is_folder)
BROKER_URL: str = env.str("CELERY_BROKER_URL", embedded.broker_url(), validate=_is_broker_url)
EMAIL_URL: str = env.str("LEADCRM_EMAIL_URL", "", validate=_is_email_url)
CHAT_URL: str = env.str("LEADCRM_CHAT_URL", "", validate=_is_chat_url)
NOTICES_NAME_PEOPLE: bool = env.bool("LEADCRM_NOTICES_NAME_PEOPLE", False)
EMAIL_FROM: str = env.str("LEADCRM_EMAIL_FROM", "", validate=_is_address)
TIME_ZONE: str = env.str("LEADCRM_TIME_ZONE", "UTC", validate=_is_time_zone)
LANGUAGE: str = env.str("LEADCRM_LANGUAGE", "en", validate=_one_of("en", "ko"))
DEBUG: bool = env.bool("LEADCRM_DEBUG", False)
LOG_LEVEL: str = env.str("LEADCRM_LOG_LEVEL", "INFO", validate=_one_of("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT: str = env.str("LEADCRM_LOG_FORMAT", "text", validate=_one_of("text", "json"))
METRICS_TOKEN: str = env.str("LEADCRM_METRICS_TOKEN", "", validate=_is_metrics_token)
ALLOWED_PRIVATE_NETWORKS: list[str] = env.list("LEADCRM_ALLOWED_PRIVATE_NETWORKS", [], validate=_are_networks)
ALLOW_HTTP_DESTINATIONS: bool = env.bool("LEADCRM_ALLOW_HTTP_DESTINATIONS", False)
SANDBOX_URL: str = env.str("LEADCRM_SANDBOX_URL", "")
SANDBOX_SECRET: str = env.str("LEADCRM_SANDBOX_SECRET", "")
WEBHOOK_LIMIT_PER_MINUTE: int = env.int("LEADCRM_WEBHOOK_LIMIT_PER_MINUTE", 6000, validate=_is_not_negative)
REPEAT_WINDOW_SECONDS: int = env.int("LEADCRM_REPEAT_WINDOW_SECONDS", 600, validate=_from_one_to(86400))
RETRY_WAITS: list[str] = env.list(
    "LEADCRM_RETRY_WAITS",
    ["10", "60", "300", "900", "3600", "7200", "14400", "28800", "43200", "86400", "86400"],
    validate=_are_waits,
)
IMPORT_CLOCK_DAYS: int = env.int("LEADCRM_IMPORT_CLOCK_DAYS", 2, validate=_is_not_negative)
DELIVERY_DEADLINE_DAYS: int = env.int("LEADCRM_DELIVERY_DEADLINE_DAYS", 14, validate=_from_one_to(3650))

try:
    env.seal()
except EnvValidationError as error:
    _stop(cast(dict[str, list[object]], error.error_messages))

PUBLIC_URL = PUBLIC_URL.rstrip("/")
DATABASE = dj_database_url.parse(DATABASE_URL)
EMAIL = dj_email_url.parse(EMAIL_URL or "console:")
