"""Erase as the workers do, and search the whole database for what may be left."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from leads.encryption import decrypt
from leads.models import ImportChunk, Lead, PrivacyRequest
from leads.models.privacy import RequestKind, RequestState
from leads.privacy import erasing
from leads.privacy.people import person_of


def ask_to_erase(lead: Lead, by: User | None = None, **more: Any) -> PrivacyRequest:
    person = person_of(lead)
    request = erasing.ask(RequestKind.ERASE, lead, person, by, **more)
    erasing.begin(request, person, by)
    request.refresh_from_db()
    return request


def erase(lead: Lead, by: User | None = None, **more: Any) -> PrivacyRequest:
    """With both looks, without the minutes between them."""
    request = ask_to_erase(lead, by, **more)
    for _look in range(erasing.LOOKS):
        look(request)
    assert request.state == RequestState.DONE
    return request


def look(request: PrivacyRequest) -> None:
    """The next one, whenever it is due."""
    PrivacyRequest.objects.filter(pk=request.pk).update(look_at=timezone.now() - timedelta(seconds=1))
    while erasing.work_off_page(request.pk):
        pass
    request.refresh_from_db()


def places_of(words: Iterable[str]) -> set[str]:
    """Each column of the database in which one of these stands, however it is written."""
    wanted = [word.casefold() for word in words]
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if any(word in _text(value) for word in wanted):
                        found.add(f"{table}.{name}")
    for chunk in ImportChunk.objects.all():
        if any(word in decrypt(chunk.encrypted_rows).casefold() for word in wanted):
            found.add("leads_importchunk.encrypted_rows")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        value = bytes(value).decode("utf-8", "replace")
    text = str(value)
    # JSON may write any letter by its number.
    return (text + text.encode().decode("unicode_escape", "replace")).casefold() if "\\u" in text else text.casefold()


def all_models() -> list[type[Any]]:
    return list(apps.get_models(include_auto_created=True))
