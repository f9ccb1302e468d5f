"""What the database itself refuses, whatever the code does."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import Model, ProtectedError
from django.utils import timezone

from leads.models import (
    Attempt,
    Delivery,
    DestinationGate,
    EndpointSecret,
    InboundRequest,
    OfferTitle,
    PrivacyRule,
    Term,
    Touch,
)
from leads.models.ids import new_id
from leads.states import AttemptResult, DeliveryState, InboundState, PausedBy
from tests.factories import (
    make_attempt,
    make_delivery,
    make_destination,
    make_endpoint,
    make_inbound,
    make_lead,
    make_offer,
    make_resend_job,
    make_secret,
    make_title,
    make_touch,
)

pytestmark = pytest.mark.django_db


def refuses(constraint: str, row: Model, **values: object) -> None:
    """The UPDATE fails on this constraint and on no other."""
    rows: models.QuerySet[Model] = type(row)._default_manager.filter(pk=row.pk)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows.update(**values)
    _names(constraint, refused.value, row)


def _names(constraint: str, error: IntegrityError, row: Model) -> None:
    """SQLite names a unique constraint by its columns, or by an index over expressions."""
    unique = next((c for c in row._meta.constraints if c.name == constraint), None)
    fields = getattr(unique, "fields", ())
    columns = ", ".join(f"{row._meta.db_table}.{getattr(row._meta.get_field(name), 'column', name)}" for name in fields)
    assert constraint in str(error) or (columns and columns in str(error))


def test_an_offer_has_its_marketplace_ids_alone_in_any_letter_case() -> None:
    make_offer(publisher_id="contoso", offer_id="firewall")
    other = make_offer(publisher_id="contoso", offer_id="router")
    refuses("one_offer_per_marketplace_id", other, publisher_id="Contoso", offer_id="FireWall")


def test_offers_without_an_offer_id_may_share_a_publisher() -> None:
    offers = [make_offer(publisher_id="contoso", offer_id=""), make_offer(publisher_id="contoso", offer_id="")]
    assert offers[0].pk != offers[1].pk


def test_an_offer_title_is_kept_once() -> None:
    make_title("Contoso Firewall")
    with pytest.raises(IntegrityError), transaction.atomic():
        OfferTitle.objects.create(title="contoso  firewall", key=OfferTitle.key_of("contoso  firewall"))
    assert [title.title for title in OfferTitle.objects.all()] == ["Contoso Firewall"]


def test_a_term_has_its_code_alone_in_any_letter_case() -> None:
    Term.objects.create(kind=Term.Kind.ACTION, code="TRY", label="Try")
    other = Term.objects.create(kind=Term.Kind.ACTION, code="BUY", label="Buy")
    refuses("one_term_per_code", other, code="try")


def test_a_source_and_an_action_may_have_the_same_code() -> None:
    Term.objects.create(kind=Term.Kind.ACTION, code="TRY", label="Try")
    Term.objects.create(kind=Term.Kind.SOURCE, code="TRY", label="Try")
    assert Term.objects.filter(code="TRY").count() == 2


def test_a_mail_domain_has_one_privacy_rule() -> None:
    PrivacyRule.objects.create(domain="ac.kr")
    with pytest.raises(IntegrityError), transaction.atomic():
        PrivacyRule.objects.create(domain="ac.kr", action="off")
    assert PrivacyRule.objects.get(domain="ac.kr").action == "hold"


def test_an_endpoint_has_one_valid_secret_in_a_slot() -> None:
    endpoint = make_endpoint()
    make_secret(endpoint, EndpointSecret.FIRST)
    second = make_secret(endpoint, EndpointSecret.SECOND)
    refuses("one_valid_secret_per_slot", second, slot=EndpointSecret.FIRST)


def test_a_revoked_secret_leaves_its_slot_to_another() -> None:
    endpoint = make_endpoint()
    old = make_secret(endpoint)
    EndpointSecret.objects.filter(pk=old.pk).update(revoked_at=timezone.now())
    new = make_secret(endpoint)
    assert list(endpoint.secrets.filter(revoked_at=None)) == [new]


def test_an_endpoint_has_two_slots_and_no_third() -> None:
    refuses("two_slots_per_endpoint", make_secret(), slot=3)


def test_two_secrets_never_have_the_same_digest() -> None:
    taken, other = make_secret(), make_secret()
    with pytest.raises(IntegrityError), transaction.atomic():
        EndpointSecret.objects.filter(pk=other.pk).update(digest=taken.digest)
    assert EndpointSecret.objects.filter(digest=taken.digest).count() == 1


def test_a_rejected_request_says_why() -> None:
    refuses("rejected_inbound_has_reason", make_inbound(), state=InboundState.REJECTED)


def test_an_element_of_a_request_becomes_one_touch() -> None:
    touch = make_touch()
    other = make_touch(inbound_request=touch.inbound_request, position=1)
    refuses("one_touch_per_position", other, position=0)


def test_the_same_content_is_one_touch_in_a_window() -> None:
    first = make_touch(fingerprint="f" * 64, repeat_window=7)
    other = make_touch(endpoint=first.endpoint, fingerprint="f" * 64, repeat_window=8)
    refuses("no_repeat_in_a_window", other, repeat_window=7)


def test_touches_without_a_fingerprint_are_never_repeats() -> None:
    first = make_touch(fingerprint="", repeat_window=7)
    make_touch(endpoint=first.endpoint, fingerprint="", repeat_window=7)
    assert Touch.objects.filter(endpoint=first.endpoint, repeat_window=7).count() == 2


def test_one_lead_takes_the_touches_of_a_person_for_an_offer() -> None:
    make_lead(join_key="k" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_lead(join_key="k" * 64)
    assert [make_lead(join_key=None).join_key, make_lead(join_key=None).join_key] == [None, None]


def test_a_touch_goes_to_a_destination_once() -> None:
    delivery = make_delivery()
    other = make_delivery(delivery.destination)
    refuses("one_delivery_per_touch_and_destination", other, touch_id=delivery.touch_id)


@pytest.mark.parametrize("missing", ["claim_id", "claimed_until"])
def test_a_delivery_being_sent_has_a_claim_that_ends(missing: str) -> None:
    refuses("sending_has_claim_others_none", make_delivery(state=DeliveryState.SENDING), **{missing: None})


@pytest.mark.parametrize("state", [state for state in DeliveryState if state != DeliveryState.SENDING])
@pytest.mark.parametrize("left", [{"claim_id": new_id()}, {"claimed_until": timezone.now()}], ids=["id", "until"])
def test_a_delivery_that_is_not_being_sent_has_no_claim(state: DeliveryState, left: dict[str, object]) -> None:
    refuses("sending_has_claim_others_none", make_delivery(state=state), **left)


def test_a_delivered_delivery_says_when() -> None:
    refuses("delivered_has_time", make_delivery(state=DeliveryState.DELIVERED), delivered_at=None)


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.WITHHELD])
def test_a_failed_or_withheld_delivery_says_why(state: DeliveryState) -> None:
    refuses("failed_and_withheld_have_reason", make_delivery(state=state), reason="")


def test_a_claim_makes_one_attempt_of_a_delivery() -> None:
    attempt = make_attempt(make_delivery())
    other = make_attempt(attempt.delivery)
    refuses("one_attempt_per_claim", other, claim_id=attempt.claim_id)


@pytest.mark.parametrize(
    "halfway", [{"finished_at": timezone.now()}, {"result": AttemptResult.DELIVERED}], ids=["time", "result"]
)
def test_an_attempt_ends_with_both_time_and_result(halfway: dict[str, object]) -> None:
    refuses("finished_attempt_has_result", make_attempt(make_delivery()), **halfway)


def test_a_paused_gate_says_by_whom() -> None:
    gate = make_destination().gate
    refuses("paused_gate_says_by_whom", gate, paused_at=timezone.now())
    DestinationGate.objects.filter(pk=gate.pk).update(paused_at=timezone.now(), paused_by=PausedBy.PERSON)
    assert DestinationGate.objects.get(pk=gate.pk).is_open(timezone.now()) is False


def test_what_was_received_cannot_be_deleted_from_under_its_touches() -> None:
    delivery = make_delivery()
    for row in (delivery.touch.inbound_request, delivery.touch.lead, delivery.touch, delivery.destination):
        with pytest.raises(ProtectedError):
            row.delete()
    assert InboundRequest.objects.filter(pk=delivery.touch.inbound_request_id).exists()
    assert Delivery.objects.filter(pk=delivery.pk).exists()


def test_deleting_an_offer_leaves_its_touches_leads_and_titles() -> None:
    offer = make_offer()
    title, lead = make_title("Contoso Firewall", offer), make_lead(offer=offer)
    touch = make_touch(lead, offer=offer)
    offer.delete()
    for row in (title, lead, touch):
        row.refresh_from_db()
        assert row.offer is None


def test_ids_of_the_big_tables_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _number in range(1000)]
    assert ids == sorted(ids)
    assert {made.version for made in ids} == {7}


def test_a_gate_is_open_from_the_moment_its_hold_ends() -> None:
    now = timezone.now()
    assert DestinationGate().is_open(now)
    assert DestinationGate(held_until=now).is_open(now)
    assert not DestinationGate(held_until=now + timedelta(microseconds=1)).is_open(now)
    assert not DestinationGate(paused_at=now - timedelta(days=1)).is_open(now)


def test_attempts_go_with_their_delivery() -> None:
    delivery = make_delivery()
    make_attempt(delivery)
    delivery.delete()
    assert not Attempt.objects.exists()


def test_only_one_replay_of_what_was_delivered_to_a_destination_is_open() -> None:
    destination = make_destination()
    first = make_resend_job(destination, kind="delivered", finished_at=timezone.now(), state="done")
    make_resend_job(destination, kind="delivered")
    refuses("one_replay_to_a_destination", first, state="running", finished_at=None)
    make_resend_job(destination)


def test_only_what_failed_is_sent_again_everywhere() -> None:
    refuses("replay_has_destination", make_resend_job(), kind="missing")


def test_a_replay_has_an_end_when_it_is_closed_and_not_before() -> None:
    job = make_resend_job()
    refuses("closed_replay_has_end", job, state="done")
    refuses("closed_replay_has_end", job, finished_at=timezone.now())
