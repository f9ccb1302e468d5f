"""What must not reach a log."""

import logging
import re

# The whole path: Django logs it for every 4xx, a webhook address with one letter missing or too many among them.
_WEBHOOK_ADDRESS = re.compile(r"(/webhooks/)[^\s?\"']+", re.IGNORECASE)


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
    """The last look at a line on its way out, its traceback included, whichever logger says it."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))
