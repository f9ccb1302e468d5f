"""Settings from the environment: a wrong one stops the start, and the message names all that are wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SECRET_KEY = "0123456789abcdef" * 4
FIELD_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

WRONG = {
    "LEADCRM_SECRET_KEY": ("short", "must be random text of at least 50 characters"),
    "LEADCRM_FIELD_KEYS": (f"{FIELD_KEY},nonsense", "must be Fernet keys with commas between, newest first"),
    "LEADCRM_PUBLIC_URL": ("leads.example.com", "must look like https://leads.example.com, without a path"),
    "LEADCRM_PROXY_COUNT": ("-1", "must not be below 0"),
    "DATABASE_URL": (
        "mysql://db/leads",
        "must look like postgresql://user:password@host:5432/name or sqlite:////path/of/file",
    ),
    "CELERY_BROKER_URL": ("broker.example.com", "must look like redis://broker.example.com:6379/0"),
    "LEADCRM_EMAIL_URL": (
        "mail.example.com",
        "must look like smtp+tls://user:password@mail.example.com:587",
    ),
    "LEADCRM_EMAIL_FROM": ("leads", "must be an address such as leads@example.com"),
    "LEADCRM_CHAT_URL": ("hooks.slack.com/x", "must be the https:// address of an incoming webhook"),
    "LEADCRM_NOTICES_NAME_PEOPLE": ("some", "Not a valid boolean."),
    "LEADCRM_TIME_ZONE": ("Mars/Olympus", "must be the name of a time zone, such as Europe/Berlin"),
    "LEADCRM_LANGUAGE": ("de", "must be one of en, ko"),
    "LEADCRM_DEBUG": ("maybe", "Not a valid boolean."),
    "LEADCRM_LOG_LEVEL": ("LOUD", "must be one of DEBUG, INFO, WARNING, ERROR"),
    "LEADCRM_LOG_FORMAT": ("xml", "must be one of text, json"),
    "LEADCRM_METRICS_TOKEN": ("open sesame", "must be random text of at least 20 characters without spaces"),
    "LEADCRM_ALLOWED_PRIVATE_NETWORKS": ("10.0.0.0/8,10.0.0.1/8", "must be networks such as 10.1.0.0/16"),
    "LEADCRM_ALLOW_HTTP_DESTINATIONS": ("perhaps", "Not a valid boolean."),
    "LEADCRM_WEBHOOK_LIMIT_PER_MINUTE": ("many", "Not a valid integer."),
    "LEADCRM_SPOOL_DIR": ("spool", "must be the absolute path of a folder; it is made when it does not exist"),
    "LEADCRM_EXPORT_DIR": ("exports", "must be the absolute path of a folder; it is made when it does not exist"),
    "LEADCRM_IMPORT_CLOCK_DAYS": ("-1", "must not be below 0"),
    "LEADCRM_REPEAT_WINDOW_SECONDS": ("0", "must be from 1 to 86400"),
    "LEADCRM_RETRY_WAITS": ("10,soon", "must be numbers of seconds from 1 to 2592000, separated by commas"),
    "LEADCRM_DELIVERY_DEADLINE_DAYS": ("3651", "must be from 1 to 3650"),
}


def start(shown: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own; ``shown`` is an expression of them to print."""
    needed = {"LEADCRM_SECRET_KEY": SECRET_KEY, "LEADCRM_FIELD_KEYS": FIELD_KEY}
    own = {"PATH": os.environ["PATH"], "LEADCRM_READ_LOCAL_ENV": "false"}
    code = f"from leadcrm import settings; print({shown})"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=own | {name: value for name, value in (needed | environment).items() if value != "(unset)"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """What is said when every setting is wrong."""
    stopped = start(**{name: value for name, (value, _complaint) in WRONG.items()})
    assert stopped.returncode == 1
    assert stopped.stdout == ""
    return stopped.stderr.splitlines()


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_setting_is_named_with_what_it_must_be(complaints: list[str], name: str) -> None:
    (said,) = [line for line in complaints if line.strip().startswith(f"{name}:")]
    assert WRONG[name][1] in said


def test_all_wrong_settings_are_named_at_once_without_a_traceback(complaints: list[str]) -> None:
    assert complaints[0] == "Lead CRM cannot start: these settings are missing or wrong."
    assert [line.strip().split(":")[0] for line in complaints[1:-1]] == sorted(WRONG)
    assert complaints[-1].startswith("Set them in the environment (or NAME_FILE with the path of a file)")


def test_what_is_wrong_with_a_secret_is_said_without_it() -> None:
    stopped = start(LEADCRM_SECRET_KEY="hunter2", LEADCRM_FIELD_KEYS="swordfish")
    assert stopped.returncode == 1
    assert "LEADCRM_SECRET_KEY" in stopped.stderr
    assert "hunter2" not in stopped.stderr
    assert "swordfish" not in stopped.stderr


def test_settings_without_default_are_named_when_they_are_missing() -> None:
    stopped = start(LEADCRM_SECRET_KEY="(unset)", LEADCRM_FIELD_KEYS="(unset)")
    assert stopped.returncode == 1
    named = [line.strip().split(":")[0] for line in stopped.stderr.splitlines()[1:-1]]
    assert named == ["LEADCRM_FIELD_KEYS", "LEADCRM_SECRET_KEY"]


@pytest.mark.parametrize(
    "url",
    [
        "http://[leads",
        "https://leads.example.com:99999",
        "https://leads.example.com/crm",
        "https://x/?a=1",
        "https://u@x",
    ],
)
def test_a_public_url_is_a_scheme_and_a_host_and_no_more(url: str) -> None:
    stopped = start(LEADCRM_PUBLIC_URL=url)
    assert (stopped.returncode, stopped.stderr.count("Traceback")) == (1, 0)
    assert "LEADCRM_PUBLIC_URL: must look like" in stopped.stderr


def test_the_two_secrets_are_all_that_must_be_set() -> None:
    started = start("settings.DATABASES['default']['ENGINE'], settings.LEADCRM_PUBLIC_URL, settings.DEBUG")
    assert started.stderr == ""
    assert started.stdout == "leadcrm.sqlite http://127.0.0.1:8000 False\n"


def test_a_slash_at_the_end_of_the_public_url_does_not_get_into_webhook_addresses() -> None:
    shown = "settings.LEADCRM_PUBLIC_URL, settings.CSRF_TRUSTED_ORIGINS, settings.ALLOWED_HOSTS"
    started = start(shown, LEADCRM_PUBLIC_URL="https://leads.example.com/")
    assert started.stdout == "https://leads.example.com ['https://leads.example.com'] ['leads.example.com']\n"


def test_waits_are_read_as_seconds() -> None:
    started = start("*settings.LEADCRM_RETRY_WAITS", LEADCRM_RETRY_WAITS="5, 60,3600")
    assert started.stdout == "0:00:05 0:01:00 1:00:00\n"


def test_a_value_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET_KEY}\n")
    started = start("settings.SECRET_KEY", LEADCRM_SECRET_KEY="(unset)", LEADCRM_SECRET_KEY_FILE=str(file))
    assert (started.returncode, started.stdout) == (0, f"{SECRET_KEY}\n")


def test_a_wrong_value_in_a_file_is_named_too(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("short\n")
    stopped = start(LEADCRM_SECRET_KEY="(unset)", LEADCRM_SECRET_KEY_FILE=str(file))
    assert stopped.returncode == 1
    assert "LEADCRM_SECRET_KEY: must be random text" in stopped.stderr


def test_files_that_cannot_be_read_are_named_all_at_once(tmp_path: Path) -> None:
    stopped = start(LEADCRM_SECRET_KEY_FILE=str(tmp_path / "gone"), DATABASE_URL_FILE=str(tmp_path))
    assert (stopped.returncode, stopped.stderr.count("Traceback")) == (1, 0)
    named = [line.strip() for line in stopped.stderr.splitlines()[1:-1]]
    assert named == [
        "DATABASE_URL_FILE: must be the path of a file that can be read",
        "LEADCRM_SECRET_KEY_FILE: must be the path of a file that can be read",
    ]


def test_every_setting_that_is_checked_is_tried_here() -> None:
    source = (CHECKOUT / "leadcrm" / "env.py").read_text()
    read = {
        word.split('"')[1] for word in source.replace("\n", " ").replace("(    ", "(").split("env.")[1:] if '"' in word
    }
    free = {"LEADCRM_ALLOWED_HOSTS", "LEADCRM_SANDBOX_URL", "LEADCRM_SANDBOX_SECRET"}
    assert {name for name in read if name.isupper()} - free >= set(WRONG)


def test_the_table_of_settings_in_the_readme_names_every_setting_and_no_other() -> None:
    table = (CHECKOUT / "README.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    described = {
        name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    sources = [
        CHECKOUT / "leadcrm" / "env.py",
        CHECKOUT / "leadcrm" / "embedded.py",
        CHECKOUT / "leadcrm/start/command.py",
    ]
    read = {
        name for source in sources for name in re.findall(r'"(LEADCRM_[A-Z_]*[A-Z]|[A-Z_]+_URL)"', source.read_text())
    }
    assert described == read
