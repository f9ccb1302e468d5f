"""What the API says to people is Korean for who asks for Korean; what programs read never changes."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.api.v1.deliveries import DeliveryFilters
from leads.models import Delivery
from leads.states import DeliveryState
from tests import factories
from tests.i18n.reading import english_in

API = "/api/v1"
CODES = (
    *DeliveryState.values,
    *DeliveryFilters.base_filters,  # type: ignore[attr-defined] # django-filter's metaclass makes it
    *("null", "true", "false", "list", "str", "int", "Accept", "Authorization", "Bearer", "TOKEN", "next"),
    *("offer", "name", "cursor", "limit", "surprise", "odd", "application", "xml"),
)


@pytest.fixture
def api(owner: User) -> Client:
    return Client(headers={"accept-language": "ko", "authorization": f"Bearer {factories.make_token(owner)}"})


def said(answer: Any) -> str:
    """Title and detail of a problem, which are for people."""
    assert answer["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].startswith("urn:leadcrm:problem:")
    return f"{problem['title']} {problem['detail']}"


WRONG_QUERIES = (
    *("surprise=1", "limit=0", "limit=", "limit=1&limit=2", "cursor=x"),
    *("state__in=odd", "destination=x", "destination=0", "touch=x", "created_after=yesterday", f"reason={'x' * 61}"),
)


@pytest.mark.parametrize("query", WRONG_QUERIES)
def test_a_wrong_query_is_explained_in_korean(api: Client, query: str) -> None:
    answer = api.get(f"{API}/deliveries?{query}")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert english_in(said(answer), apart_from=CODES) == []


WRONG_OFFERS = (
    *(b"", b"{", b"\xff", b"[" * 100_000, b"[]", b'"text"'),
    *(b"{}", b'{"name": null}', b'{"name": ""}', b'{"name": []}', b'{"name": "\\u0000"}', b'{"name": "\\ud800"}'),
    *(b'{"name": "%s"}' % (b"x" * 1001), b'{"name": "x", "surprise": 1}', b'{"name": "x", "offer_id": "contoso"}'),
)


@pytest.mark.parametrize("body", WRONG_OFFERS, ids=lambda body: body[:20])
def test_a_wrong_body_is_explained_in_korean(api: Client, body: bytes) -> None:
    factories.make_offer(publisher_id="", offer_id="contoso")
    answer = api.post(f"{API}/offers", body, content_type="application/json")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert english_in(said(answer), apart_from=CODES) == []


@pytest.mark.parametrize("offer", ['"x"', "7", "true", "[]", "-1", str(10**30)])
def test_an_offer_that_is_none_is_explained_in_korean(api: Client, offer: str) -> None:
    title = factories.make_title("방화벽")
    answer = api.patch(f"{API}/offer-titles/{title.pk}", f'{{"offer": {offer}}}', content_type="application/json")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert english_in(said(answer), apart_from=CODES) == []


@pytest.mark.django_db
@pytest.mark.parametrize("token", [None, "Bearer", "Bearer two words", "Bearer wrong", "Bearer a%b"])
def test_who_is_not_signed_in_is_told_in_korean(token: str | None) -> None:
    headers = {"accept-language": "ko"} | ({"authorization": token} if token else {})
    answer = Client(headers=headers).get(f"{API}/offers")
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert english_in(said(answer), apart_from=CODES) == []


def test_other_refusals_are_korean(api: Client, owner: User) -> None:
    offer = factories.make_offer()
    delivery = factories.make_delivery()
    Delivery.objects.update(state="cancelled")
    refused = {
        api.get(f"{API}/offers/{offer.pk + 1}"): HTTPStatus.NOT_FOUND,
        api.get(f"{API}/nothing"): HTTPStatus.NOT_FOUND,
        api.delete(f"{API}/offers/{offer.pk}"): HTTPStatus.METHOD_NOT_ALLOWED,
        api.get(f"{API}/offers", headers={"accept": "text/csv"}): HTTPStatus.NOT_ACCEPTABLE,
        api.post(f"{API}/offers", b"<x/>", content_type="application/xml"): HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        api.post(f"{API}/deliveries/{delivery.pk}/release"): HTTPStatus.CONFLICT,
    }
    owner.groups.clear()
    refused[api.get(f"{API}/offers")] = HTTPStatus.FORBIDDEN
    for answer, status in refused.items():
        assert answer.status_code == status
        assert english_in(said(answer), apart_from=CODES) == []


def test_the_words_beside_a_code_are_korean(api: Client) -> None:
    factories.make_delivery(state="failed", reason="sign_in_refused")
    delivery = api.get(f"{API}/deliveries").json()["results"][0]
    assert (delivery["state"], delivery["reason"]) == ("failed", "sign_in_refused")
    assert delivery["diagnosis"]["meaning"] == "수신 시스템이 인증을 거부했습니다."


def test_the_description_is_english_whatever_is_asked_for(client: Client, db: None) -> None:
    description = f"{API}/openapi.json"
    assert client.get(description, headers={"accept-language": "ko"}).content == client.get(description).content
