"""What was written to the log, as a file would have it."""

import logging

import pytest


def in_log(caplog: pytest.LogCaptureFixture) -> list[str]:
    formatter = logging.Formatter()
    return [f"{formatter.format(record)} {record.args!r}" for record in caplog.records]
