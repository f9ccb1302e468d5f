import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from leads.intake.mapping import follow_titles
from leads.models import Offer
from tests.factories import make_delivery, make_destination, make_lead, make_offer, make_route, make_title, make_touch

pytestmark = pytest.mark.django_db

JSON = "application/json"


def test_an_offer_is_added(owner: Client) -> None:
    body = {"name": "Contoso Firewall", "publisher_id": "contoso", "offer_id": "firewall"}
    answer = owner.post("/api/v1/offers", body, content_type=JSON)
    assert answer.status_code == 201
    offer = Offer.objects.get()
    created_at = offer.created_at.isoformat().replace("+00:00", "Z")
    assert answer.json() == {"id": offer.pk, "created_at": created_at, **body}
    assert owner.get(f"/api/v1/offers/{offer.pk}").json() == answer.json()
    assert owner.get("/api/v1/offers").json() == {"next": None, "results": [answer.json()]}


def test_an_offer_is_changed_in_the_fields_given(owner: Client) -> None:
    offer = make_offer(name="Old", publisher_id="contoso", offer_id="firewall")
    answer = owner.patch(f"/api/v1/offers/{offer.pk}", {"name": "New"}, content_type=JSON)
    assert (answer.status_code, answer.json()["name"], answer.json()["offer_id"]) == (200, "New", "firewall")
    offer.refresh_from_db()
    assert (offer.name, offer.publisher_id, offer.offer_id) == ("New", "contoso", "firewall")


def test_what_was_read_may_be_sent_back_but_read_only_fields_change_nothing(owner: Client) -> None:
    offer = make_offer(name="Contoso Firewall")
    read = owner.get(f"/api/v1/offers/{offer.pk}").json()
    sent = read | {"id": 999, "created_at": "2001-01-01T00:00:00Z"}
    answer = owner.patch(f"/api/v1/offers/{offer.pk}", sent, content_type=JSON)
    assert (answer.status_code, answer.json()) == (200, read)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "#/name", "required"),
        ({"name": " "}, "#/name", "blank"),
        ({"name": None}, "#/name", "null"),
        ({"name": "x" * 201}, "#/name", "max_length"),
        ({"name": "a\x00b"}, "#/name", "null_characters_not_allowed"),
        ({"name": "a\ud800b"}, "#/name", "surrogate_characters_not_allowed"),
        ({"name": "x", "publisher_id": "x" * 101}, "#/publisher_id", "max_length"),
        ({"name": "x", "nmae": "y"}, "#/nmae", "unknown"),
        ({"name": "x", "\ud800": "y"}, "#/%3F", "unknown"),
    ],
)
def test_an_offer_that_cannot_be_is_refused_by_field(
    owner: Client, body: dict[str, str], pointer: str, code: str
) -> None:
    answer = owner.post("/api/v1/offers", body, content_type=JSON)
    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert not Offer.objects.exists()


def test_changing_into_the_ids_of_another_offer_is_refused(owner: Client) -> None:
    make_offer(publisher_id="contoso", offer_id="firewall")
    offer = make_offer(publisher_id="contoso", offer_id="other")
    answer = owner.patch(f"/api/v1/offers/{offer.pk}", {"offer_id": "FireWall"}, content_type=JSON)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unique")
    offer.refresh_from_db()
    assert offer.offer_id == "other"


def test_titles_wait_to_be_mapped(ops: Client) -> None:
    waiting = make_title("Contoso Firewall (preview)")
    offer = make_offer()
    mapped = make_title("Contoso Firewall", offer)
    first_seen = waiting.first_seen_at.isoformat().replace("+00:00", "Z")
    expected = {"id": waiting.pk, "title": "Contoso Firewall (preview)", "offer": None, "first_seen_at": first_seen}
    assert ops.get(f"/api/v1/offer-titles/{waiting.pk}").json() == expected
    assert ops.get("/api/v1/offer-titles?is_mapped=false").json()["results"] == [expected]
    for parameters in ({"is_mapped": "true"}, {"offer": str(offer.pk)}):
        rows = ops.get("/api/v1/offer-titles", parameters).json()["results"]
        assert [row["id"] for row in rows] == [mapped.pk]


def test_touches_leads_and_deliveries_follow_a_title_that_is_mapped(
    ops: Client, hinted: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    offer, title = make_offer(), make_title("Contoso Firewall")
    touch = make_touch(make_lead(offer_title=title.title), known_title=title, offer_title=title.title)
    destination = make_destination()
    make_route(destination, offer)
    with django_capture_on_commit_callbacks(execute=True):
        answer = ops.patch(f"/api/v1/offer-titles/{title.pk}", {"offer": offer.pk}, content_type=JSON)
    assert (answer.status_code, answer.json()["offer"]) == (200, offer.pk)
    assert hinted == ["follow_titles"]
    follow_titles()
    touch.refresh_from_db()
    assert (touch.offer, touch.lead.offer) == (offer, offer)
    assert touch.deliveries.get().destination == destination


def test_a_title_may_mean_nothing_again(ops: Client) -> None:
    offer = make_offer()
    title = make_title("Contoso Firewall", offer)
    touch = make_touch(make_lead(offer=offer), known_title=title, offer=offer)
    delivery = make_delivery(touch=touch)
    answer = ops.patch(f"/api/v1/offer-titles/{title.pk}", {"offer": None}, content_type=JSON)
    assert (answer.status_code, answer.json()["offer"]) == (200, None)
    assert follow_titles().destinations == set()
    touch.refresh_from_db()
    assert touch.offer is None
    assert list(touch.deliveries.all()) == [delivery]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"offer": 0}, "does_not_exist"),
        ({"offer": 12345}, "does_not_exist"),
        ({"offer": 10**30}, "does_not_exist"),
        ({"offer": "x"}, "invalid"),
        ({"offer": 1.5}, "invalid"),
        ({"offer": [1]}, "invalid"),
    ],
)
def test_a_title_is_only_mapped_to_an_offer_that_exists(ops: Client, body: dict[str, object], code: str) -> None:
    offer = make_offer()
    title = make_title("Contoso Firewall", offer)
    answer = ops.patch(f"/api/v1/offer-titles/{title.pk}", body, content_type=JSON)
    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("#/offer", code)]
    title.refresh_from_db()
    assert title.offer == offer


@pytest.mark.parametrize("resource", ["offers", "offer-titles"])
def test_a_page_takes_five_queries(
    owner: Client, resource: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_title(f"{number} {timezone.now()}", make_offer())
    with django_assert_num_queries(5):
        assert len(owner.get(f"/api/v1/{resource}").json()["results"]) == 20
