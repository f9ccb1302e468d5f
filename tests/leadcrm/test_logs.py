"""Lines in the log: for people, or one JSON object each for programs."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from leadcrm.logs import JsonFormatter, PlainFormatter

CHECKOUT = Path(__file__).parents[2]
SECRET_PATH = "/webhooks/9q8w7e6r5t4y"


def record(message: str, *arguments: Any, facts: dict[str, Any] | None = None, error: Any = None) -> logging.LogRecord:
    made = logging.LogRecord("leads.api", logging.WARNING, "x.py", 1, message, arguments, error)
    made.created = 1_772_452_800.25
    if facts is not None:
        made.facts = facts
    return made


def as_json(given: logging.LogRecord) -> Any:
    line = JsonFormatter().format(given)
    assert "\n" not in line
    return json.loads(line)


def as_text(given: logging.LogRecord) -> str:
    return PlainFormatter("%(levelname)s %(name)s: %(message)s").format(given)


FACTS = {"status": 200, "late": True, "seconds": 0.25, "receipt": UUID(int=7), "cause": "", "code": None}


def test_facts_stand_beside_the_message() -> None:
    assert as_json(record("posted %s", "once", facts=FACTS)) == {
        "time": "2026-03-02T12:00:00.250+00:00",
        "level": "WARNING",
        "logger": "leads.api",
        "message": "posted once",
        "status": 200,
        "late": True,
        "seconds": 0.25,
        "receipt": "00000000-0000-0000-0000-000000000007",
    }


def test_in_text_they_follow_it() -> None:
    text = as_text(record("posted", facts=FACTS))
    assert text == (
        "WARNING leads.api: posted status=200 late=True seconds=0.25 receipt=00000000-0000-0000-0000-000000000007"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [("plain", "plain"), ("two words", '"two words"'), ('a"b', '"a\\"b"'), ("a\nlevel=x", '"a\\nlevel=x"')],
)
def test_in_text_a_value_cannot_pass_for_several(value: str, written: str) -> None:
    assert as_text(record("x", facts={"cause": value})) == f"WARNING leads.api: x cause={written}"


def test_a_line_without_facts_is_as_always() -> None:
    assert as_text(record("Nothing.")) == "WARNING leads.api: Nothing."
    assert set(as_json(record("Nothing."))) == {"time", "level", "logger", "message"}


def failing() -> Any:
    try:
        raise ValueError(f'POST "{SECRET_PATH}" failed')
    except ValueError:
        return sys.exc_info()


@pytest.mark.parametrize("formatter", [as_text, lambda given: json.dumps(as_json(given))])
def test_the_secret_of_an_address_is_in_no_part_of_a_line(formatter: Any) -> None:
    line = formatter(record('"GET %s"', SECRET_PATH, facts={"path": SECRET_PATH}, error=failing()))
    assert "9q8w7e6r5t4y" not in line
    assert "ValueError" in line
    assert line.count("/webhooks/") == 3


def test_a_traceback_is_part_of_the_object() -> None:
    assert as_json(record("Failed", error=failing()))["traceback"].startswith("Traceback (most recent call last):\n")


IN_A_WORKER = """
import django
django.setup()
from leadcrm.celery import app
app.log.setup(loglevel="ERROR", redirect_stdouts=True)  # what a worker does before anything else
import logging
logging.getLogger("leads.delivery").info("attempt", extra={"facts": {"result": "delivered"}})
logging.getLogger("celery.app.trace").info("Task leads.tasks.watch received")
print("printed")
"""


@pytest.mark.parametrize(
    ("log_format", "expected"),
    [("text", "INFO leads.delivery: attempt result=delivered"), ("json", '"result": "delivered"}')],
)
def test_a_worker_logs_as_the_settings_say_and_not_as_celery_likes(log_format: str, expected: str) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "LEADCRM_LOG_FORMAT": log_format}
    ran = subprocess.run(
        [sys.executable, "-c", IN_A_WORKER], env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    (line,) = ran.stderr.splitlines()
    assert line.endswith(expected)
    assert ran.stdout == "printed\n"
