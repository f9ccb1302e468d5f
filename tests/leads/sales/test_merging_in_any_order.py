"""Merges and splits in any order, with touches that come in between: all split again, every lead is what it was, with
the touches of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.history.edits import By
from leads.intake.interpreting import interpret_waiting
from leads.models import Endpoint, Lead, Merge
from leads.roles import SALES
from leads.sales import activities, contact_facts, owning, steps
from leads.sales.merge_rules import CHOSEN
from leads.sales.merging import merge, split
from leads.states import ActivityKind, CallOutcome, DeliveryState, TaskKind
from tests.factories import NOON, lead_json, make_delivery, make_endpoint, make_inbound, make_user
from tests.leads.sales.test_merging import rows

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
PEOPLE = tuple(f"mina{number}@fabrikam.example" for number in range(4))

parts = st.none() | st.sets(st.sampled_from(sorted(CHOSEN)))
merging = st.tuples(st.just("merge"), st.integers(0, 3), st.integers(0, 3), parts)
splitting = st.tuples(st.just("split"), st.integers(0, 3), st.just(0), st.none())
coming = st.tuples(st.just("touch"), st.integers(0, 3), st.just(0), st.none())
acting = st.lists(merging | splitting, min_size=1, max_size=8)
acting_with_touches = st.lists(merging | merging | splitting | coming, min_size=1, max_size=10)

many_at_once = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def user(db: None) -> User:
    return make_user(SALES)


@pytest.fixture
def endpoint(user: User) -> Endpoint:
    """Four leads, each with something of its own."""
    endpoint, ines = make_endpoint(), make_user(SALES)
    for number, address in enumerate(PEOPLE):
        post(endpoint, number, number, Phone=f"+8221111000{number}", Company="Fabrikam" if number % 2 else "")
        (lead,) = Lead.objects.filter(email=address)
        make_delivery(touch=lead.touches.get(), state=DeliveryState.DELIVERED)
        activities.log(user, lead.pk, ActivityKind.NOTE, f"Note {number}")
    first, second, third, _fourth = Lead.objects.order_by("email")
    owning.give(By(user), [first.pk], user)
    owning.give(By(user), [second.pk], ines)
    steps.plan(user, second.pk, TaskKind.MAIL, NOON)
    steps.plan(user, third.pk, TaskKind.CALL, NOON + MINUTE)
    activities.log_call(user, second.pk, CallOutcome.VOICEMAIL)
    contact_facts.set_facts(user, third.pk, {"title": "CEO", "country_code": "DE"})
    return endpoint


def post(endpoint: Endpoint, number: int, after: int, **fields: Any) -> None:
    lead = lead_json(Email=PEOPLE[number], Description=str(after), **fields)
    make_inbound(lead, endpoint=endpoint, received_at=NOON + after * MINUTE)
    interpret_waiting()


def do(user: User, endpoint: Endpoint, actions: list[Any]) -> None:
    """What cannot be done is left out."""
    leads = list(Lead.objects.order_by("id"))
    for step, (what, one, other, chosen) in enumerate(actions):
        shown = {lead.pk for lead in Lead.objects.shown()}
        first, second = leads[one], leads[other]
        if what == "touch":
            post(endpoint, one, 100 + step, Title=f"Title {step}")
        elif what == "merge" and first != second and {first.pk, second.pk} <= shown:
            merge(user, first.pk, second.pk, chosen)
        elif what == "split" and Merge.objects.filter(absorbed=first, survivor__merged_into=None).exists():
            split(user, first.pk)
        _touches_are_counted()


def split_all(user: User, order: Any) -> None:
    while possible := sorted(_possible()):
        split(user, possible[order.draw(st.integers(0, len(possible) - 1))])
        _touches_are_counted()


def _possible() -> Iterator[Any]:
    yield from Merge.objects.filter(survivor__merged_into=None).values_list("absorbed", flat=True)


def _touches_are_counted() -> None:
    for lead in Lead.objects.shown():
        times = sorted(lead.touches.values_list("received_at", flat=True))
        assert (lead.touch_count, lead.first_touch_at, lead.last_touch_at) == (len(times), times[0], times[-1])


@contextmanager
def taken_back() -> Iterator[None]:
    """An example begins where the one before began."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@many_at_once
@given(actions=acting, order=st.data())
def test_all_split_again_every_row_is_as_it_was(user: User, endpoint: Endpoint, actions: list[Any], order: Any) -> None:
    before = rows()
    with taken_back():
        do(user, endpoint, actions)
        split_all(user, order)
        assert rows() == before


@many_at_once
@given(actions=acting_with_touches, order=st.data())
def test_every_touch_is_with_the_lead_that_it_would_have_made(
    user: User, endpoint: Endpoint, actions: list[Any], order: Any
) -> None:
    with taken_back():
        do(user, endpoint, actions)
        split_all(user, order)
        for lead, address in zip(Lead.objects.order_by("id"), PEOPLE, strict=True):
            assert set(lead.touches.values_list("email", flat=True)) == {address}
            newest = lead.touches.exclude(title="").order_by("-received_at").first()
            if newest and "title" not in lead.kept_fields:
                assert lead.title == newest.title
