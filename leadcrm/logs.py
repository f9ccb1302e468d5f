"""How a line in the log looks, and what must not reach it.

What a line is about stands beside its message: ``logger.info("attempt", extra={"facts": {"result": "delivered"}})``.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# The whole path: Django logs it for every 4xx, a webhook address with one letter missing or too many among them.
_WEBHOOK_ADDRESS = re.compile(r"(/webhooks/)[^\s?\"']+", re.IGNORECASE)
_PLAIN_VALUE = re.compile(r"[^\s\"=]+")


def without_secrets(text: str) -> str:
    """Blots out the secret in webhook addresses."""
    return _WEBHOOK_ADDRESS.sub(r"\1•••", text)


class WithoutWebhookSecrets(logging.Filter):
    """For the loggers that name addresses, so that no listener of whatever kind gets a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = without_secrets(message)
        if clean != message:
            record.msg, record.args = clean, ()
            vars(record).pop("request", None)  # it names the address too
        return True


class PlainFormatter(logging.Formatter):
    """For people; facts follow as ``name=value``.

    The last look at a line on its way out, its traceback included, whichever logger says it.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (the name is Python's)
        facts = [f"{name}={_plain(value)}" for name, value in _facts(record).items()]
        return " ".join([super().formatMessage(record), *facts])

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """For programs: one JSON object a line, with the facts beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **_facts(record),
        }
        if record.exc_info:
            line["traceback"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line)


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    """Those that have a value, as JSON takes them."""
    facts = getattr(record, "facts", {})
    return {name: _value(fact) for name, fact in facts.items() if fact not in (None, "")}


def _value(fact: Any) -> Any:
    return fact if isinstance(fact, bool | int | float) else without_secrets(str(fact))


def _plain(value: Any) -> str:
    text = str(value)
    return text if _PLAIN_VALUE.fullmatch(text) else json.dumps(text)
