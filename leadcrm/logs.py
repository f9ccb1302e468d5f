"""What must not reach a log."""

import logging
import re

# The whole path: Django logs it for every 404 and 4xx, a webhook address with one letter missing among them.
_WEBHOOK_SECRET = re.compile(r"(/webhooks/)[^/\s?\"']+")


class WithoutWebhookSecrets(logging.Filter):
    """Blots out the secret in webhook addresses, whichever logger says it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/webhooks/" in message:
            record.msg, record.args = _WEBHOOK_SECRET.sub(r"\1•••", message), ()
        if "/webhooks/" in (record.exc_text or ""):
            record.exc_text = _WEBHOOK_SECRET.sub(r"\1•••", record.exc_text or "")
        return True
