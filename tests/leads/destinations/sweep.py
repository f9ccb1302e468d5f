"""Everything that is kept or shown anywhere, as text."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from leads.api.v1.urls import router
from tests.leads.admin.places import address_of, list_of, page_of


class Log(logging.Handler):
    """Every record that any logger lets through at its most talkative, with its arguments and tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        extra = {name: value for name, value in vars(record).items() if name not in ("msg", "message")}
        self.lines.append(f"{logging.Formatter().format(record)} {extra!r}")


@contextmanager
def listening() -> Iterator[Log]:
    """As with LEADCRM_LOG_LEVEL=DEBUG; but for Django, which would tell of each statement and each template."""
    log, root, django = Log(), logging.getLogger(), logging.getLogger("django")
    levels = root.level, django.level
    root.setLevel(logging.DEBUG)
    django.setLevel(logging.INFO)
    root.addHandler(log)
    try:
        yield log
    finally:
        root.removeHandler(log)
        root.setLevel(levels[0])
        django.setLevel(levels[1])


def rows() -> Iterator[tuple[str, str]]:
    """Each table, with every column of every row."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield f"table {table}", "\n".join(_text(value) for row in cursor.fetchall() for value in row)


def _text(value: Any) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)


def pages(client: Client, *only: type[Model]) -> Iterator[tuple[str, str]]:
    """Of the admin: the overview, the lists, each row's card, and the history of what people may change."""
    yield from _read(client, address_of("index"))
    for model in only or apps.get_app_config("leads").get_models():
        if admin.site.is_registered(model) and (rows := model._default_manager.all()):
            yield from _read(client, list_of(rows[0]))
            for row in rows:
                yield from _read(client, page_of(row))
            yield from _read(client, page_of(rows[0]).replace("/change/", "/history/"))


def api(client: Client) -> Iterator[tuple[str, str]]:
    """Each list and each single thing of the API."""
    for prefix, resource, basename in router.registry:
        listed = client.get(reverse(f"api-v1:{basename}-list"))
        yield f"API {prefix}", listed.text
        for item in listed.json()["results"] if hasattr(resource, "retrieve") else ():
            yield from _read(client, reverse(f"api-v1:{basename}-detail", args=[item["id"]]))


def _read(client: Client, address: str) -> Iterator[tuple[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    yield f"page {address}", answer.text


def mails() -> Iterator[tuple[str, str]]:
    for message in mail.outbox:
        yield "mail", f"{message.subject}\n{message.body}\n{message.extra_headers}"


def places_with(secrets: set[str], *groups: Iterable[tuple[str, str]]) -> list[str]:
    """Where one of the secrets stands, with what stands around it."""
    found = []
    for group in groups:
        for place, text in group:
            lower = text.lower()
            found += [f"{place}: {_around(text, lower.find(one.lower()))}" for one in secrets if one.lower() in lower]
    return found


def _around(text: str, start: int) -> str:
    return text[max(0, start - 60) : start + 120].replace("\n", " ")
