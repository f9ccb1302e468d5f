"""``/metrics``: for who knows the token, by whatever address, and no more often than the database likes."""

from http import HTTPStatus
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import make_destination

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

TOKEN = "not-a-secret-but-a-test"


@pytest.fixture
def clean_cache() -> None:
    cache.clear()


@pytest.fixture
def with_token(settings: Any) -> None:
    settings.LEADCRM_METRICS_TOKEN = TOKEN


def scrape(token: str = TOKEN, **headers: str) -> Any:
    return Client().get("/metrics", headers={"Authorization": f"Bearer {token}"} | headers)


def test_without_a_token_in_the_settings_it_does_not_exist(client: Client, settings: Any) -> None:
    assert settings.LEADCRM_METRICS_TOKEN == ""
    answers = [client.get(path, headers={"Authorization": "Bearer "}) for path in ("/metrics", "/no-such-page")]
    assert [answer.status_code for answer in answers] == [HTTPStatus.NOT_FOUND] * 2
    assert answers[0].content == answers[1].content


def test_with_the_token_it_is_text_for_prometheus(with_token: None) -> None:
    answer = scrape()
    assert answer.status_code == HTTPStatus.OK
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE leadcrm_database_up gauge\nleadcrm_database_up 1.0\n" in answer.content.decode()


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Bearer {TOKEN} ", f"Basic {TOKEN}", TOKEN, "Bearer ü"]
)
def test_without_the_right_token_nothing_is_told(with_token: None, client: Client, given: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": given})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (HTTPStatus.UNAUTHORIZED, "Bearer")
    assert b"leadcrm_" not in answer.content
    assert TOKEN.encode() not in answer.content


def test_it_is_reached_by_any_address_and_without_https(with_token: None, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert scrape(Host="10.0.0.7:8000").status_code == HTTPStatus.OK


def test_for_ten_seconds_the_same_is_said_without_a_query(with_token: None, django_assert_num_queries: Any) -> None:
    first = scrape().content
    make_destination(name="CRM")
    with django_assert_num_queries(0):
        assert scrape().content == first
    cache.clear()
    assert b'destination="CRM"' in scrape().content


def test_it_needs_no_person_who_is_signed_in_and_sets_no_cookie(with_token: None) -> None:
    assert scrape().cookies == {}
