"""Alive, and ready: two questions with two answers."""

from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client


def test_a_living_process_says_so_without_asking_the_database(client: Client) -> None:
    """No database is allowed in this test."""
    answer = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.json()) == (HTTPStatus.OK, {"status": "alive"})


def test_probes_are_not_redirected_to_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz").status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_with_database_and_tables_it_is_ready(client: Client) -> None:
    answer = client.get("/readyz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.json()) == (HTTPStatus.OK, {"status": "ready"})


@pytest.mark.django_db
def test_without_the_newest_migration_it_is_not_ready(client: Client) -> None:
    newest = MigrationRecorder(connection).migration_qs.filter(app="leads").latest("name")
    newest.delete()
    answer = client.get("/readyz")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json() == {"status": "not_ready", "missing": "migrations"}


@pytest.mark.django_db(transaction=True)
def test_without_the_database_it_is_not_ready_until_that_returns(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        connection.close()
        away.setitem(connection.settings_dict, "NAME", "/nowhere/db" if connection.vendor == "sqlite" else "nowhere")
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["missing"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "database")
    assert client.get("/readyz").status_code == HTTPStatus.OK
