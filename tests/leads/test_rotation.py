"""The secrets of an endpoint's URL: two at most, however many people press the button at once."""

from collections.abc import Callable

import pytest

from leads.models import Endpoint, EndpointSecret
from leads.rotation import TwoSecretsValid, add_secret, revoke_secret
from tests.factories import make_endpoint, make_secret
from tests.leads.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def adding(endpoint: Endpoint) -> Callable[[], str]:
    def add() -> str:
        try:
            add_secret(endpoint)
        except TwoSecretsValid:
            return "refused"
        return "made"

    return add


@pytest.mark.parametrize(("valid", "made"), [(0, 2), (1, 1), (2, 0)])
def test_of_many_who_ask_at_once_as_many_get_a_secret_as_there_is_room_for(valid: int, made: int) -> None:
    for _round in range(5):
        endpoint = make_endpoint()
        for slot in (EndpointSecret.FIRST, EndpointSecret.SECOND)[:valid]:
            make_secret(endpoint, slot)
        answers = at_once([adding(endpoint)] * 4)
        assert sorted(answers) == ["made"] * made + ["refused"] * (4 - made)
        assert endpoint.secrets.count() == max(valid, 2)


def test_what_was_revoked_makes_room_for_another() -> None:
    endpoint = make_endpoint()
    first, second = add_secret(endpoint), add_secret(endpoint)
    assert [revoke_secret(endpoint, first.pk) for _click in range(2)] == [True, False]
    assert add_secret(endpoint).slot == first.slot
    assert EndpointSecret.objects.valid().filter(pk=second.pk).exists()
