"""Secrets are pushed through every way to fail, and are found nowhere afterwards but in the encrypted settings."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from integrations import tokens
from integrations.registry import KINDS, connector_class
from integrations.transport.redaction import REDACTED
from leads.delivery.gate import resume
from leads.models import Attempt, Delivery, Destination
from leads.notices import credentials, sending
from leads.roles import OPS, OWNER
from leads.states import AttemptResult, DeliveryState
from tests.factories import make_token, make_user
from tests.integrations.certificates import Authority
from tests.integrations.conftest import IMPATIENT
from tests.integrations.far_end import FarEnd
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.delivery.asked import work_off
from tests.leads.destinations.parrot import SHAPES, Parrot, Said, broken_off, granting, no_http, saying, silence
from tests.leads.destinations.sentinels import SENTINELS, Sentinel, spelled
from tests.leads.destinations.sweep import Log, api, listening, mails, pages, places_with, rows
from tests.leads.destinations.turns import take_turns
from tests.leads.destinations.world import entered, queued, saved, somebody
from tests.ports import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OF_SIGN_IN: dict[str, Said] = {
    **{
        f"{status} {shape}": saying(status, shape) for status in (200, 400, 401) for shape in ("text", "object", "list")
    },
    **{f"{status}": saying(status, "object") for status in (401, 403)},
    **{f"{status}": saying(status, "page") for status in (302, 429, 500)},
    "broken off": broken_off,
    "silence": silence,
}
OF_LEADS: dict[str, Said] = {
    **{f"{status} {shape}": saying(status, shape) for status in (200, 400) for shape in SHAPES},
    **{
        f"{status}": saying(status, "object") for status in (201, 401, 302, 403, 404, 409, 412, 413, 422, 429, 500, 503)
    },
    "503, unreadable Retry-After": saying(503, "text", Retry_After="SENTINEL"),
    "broken off": broken_off,
    "no HTTP": no_http,
    "silence": silence,
}
type OpenFarEnd = Callable[..., FarEnd]

NO_RULES = {"rules-TOTAL_FORMS": "0", "rules-INITIAL_FORMS": "0"}
OTHER_HEADERS = {f"header_{number}_value" for number in range(1, 6)}  # all five are alike
PRESSED = ("400 nested", "401")


@pytest.fixture(params=sorted({sentinel.kind for sentinel in SENTINELS.values()}))
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its connectors lose patience soon."""
    monkeypatch.setattr(connector_class(request.param), "limits", IMPATIENT)
    return str(request.param)


@pytest.fixture
def unreachable(far_ends: OpenFarEnd, authority: Authority) -> dict[str, str]:
    """Addresses of servers with which no conversation comes about."""
    untrusted, plain = far_ends(authority.context("127.0.0.1")), far_ends()
    plain.plays(lambda line: line.send(b"nothing of TLS"))
    return {
        "untrusted": untrusted.url(""), "without TLS": plain.url("").replace("http:", "https:"), "gone": f"http://127.0.0.1:{free_port()}",
    }  # fmt: skip


@pytest.fixture
def log() -> Iterator[Log]:
    with listening() as log:
        yield log


class Screen:
    """What people got to see after what they pressed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.shown: list[tuple[str, str]] = []

    def post(self, address: str, data: dict[str, Any]) -> None:
        self._show(self.client.post(address, data), address)

    def press(self, destination: Destination, *buttons: str) -> None:
        """One after the other; then what came of it stands on the destination's page."""
        for button in buttons:
            self._show(self.client.post(button_of(destination, button)), button)
        work_off()
        self._show(self.client.get(page_of(destination)), "its page")

    def _show(self, answer: Any, what: str) -> None:
        assert answer.status_code in (200, 302), what
        self.shown.append((f"after {what}", f"{answer.headers}\n{answer.text}"))


@pytest.fixture
def screen(enter: Enter) -> Screen:
    return Screen(enter(OWNER))


def enter_settings(screen: Screen, sentinel: Sentinel, url: str) -> Destination:
    """At first with mistakes, then right, then with mistakes again."""
    name, before = f"At {url}", Destination.objects.count()
    add, typed = f"{address_of('leads_destination_add')}?kind={sentinel.kind}", sentinel.typed(url)
    secret_names = connector_class(sentinel.kind).Config.secret_names()
    spoilt = {name: f"{value} ü\n{value}" if name in secret_names else value for name, value in typed.items()}
    screen.post(add, entered(sentinel.kind, typed, name=""))
    screen.post(add, entered(sentinel.kind, spoilt, name=name, calls_at_once="0"))
    assert Destination.objects.count() == before
    screen.post(add, entered(sentinel.kind, typed, name=name))
    destination = Destination.objects.get(name=name)
    screen.post(page_of(destination), entered(sentinel.kind, sentinel.typed("ftp://x"), name=name))
    return destination


def deliver(delivery: Delivery) -> None:
    """Whatever stopped it before."""
    resume(delivery.destination_id)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.QUEUED, reason="", tries=0, delivered_at=None, next_attempt_at=Now()
    )
    take_turns(delivery.destination)
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.QUEUED).update(state=DeliveryState.CANCELLED)


def fail_in_every_way(sentinel: Sentinel, parrot: Parrot, destination: Destination) -> None:
    if sentinel.signs_in:
        delivery = queued(destination, somebody())
        for parrot.sign_in in OF_SIGN_IN.values():
            deliver(delivery)
        parrot.sign_in = granting
    delivery = queued(destination, somebody())
    for parrot.work in OF_LEADS.values():
        deliver(delivery)


def press_every_button(screen: Screen, sentinel: Sentinel, parrot: Parrot, destination: Destination) -> None:
    for name in PRESSED:
        parrot.work = OF_LEADS[name]
        screen.press(destination, "test_lead", "check_now")
    if connector_class(sentinel.kind).default_fields:
        screen.post(address_of("leads_destination_mapping", destination.pk), {"do": "try"} | NO_RULES)
    if sentinel.signs_in:
        tokens.forget_all()
        parrot.sign_in = OF_SIGN_IN["401"]
        screen.press(destination, "test_lead", "check_now")


def reach_nobody(screen: Screen, sentinel: Sentinel, urls: dict[str, str]) -> None:
    """TLS that cannot be trusted, none at all, and nobody there."""
    for name, url in urls.items():
        destination = saved(sentinel.kind, sentinel.typed(url), name=name)
        deliver(queued(destination, somebody()))
        screen.press(destination, "test_lead", "check_now")


def tell_of_ending_credentials(settings: Any) -> None:
    settings.LEADCRM_SENDS_MAIL = True
    make_user(OWNER, email="owner@contoso.example")
    credentials.warn(date(2098, 12, 31))
    sending.send_waiting()


def test_no_secret_is_found_anywhere(
    kind: str, screen: Screen, log: Log, far_ends: OpenFarEnd, unreachable: dict[str, str], enter: Enter, settings: Any
) -> None:
    secrets: set[str] = set()
    for sentinel in (one for one in SENTINELS.values() if one.kind == kind):
        parrot = Parrot(far_ends(), sentinel)
        destination = enter_settings(screen, sentinel, parrot.far_end.url(""))
        fail_in_every_way(sentinel, parrot, destination)
        press_every_button(screen, sentinel, parrot, destination)
        secrets |= parrot.secrets
    reach_nobody(screen, sentinel, unreachable)
    tell_of_ending_credentials(settings)

    assert REDACTED in str(list(Attempt.objects.values_list("exchange", "detail")))
    assert {AttemptResult.MISCONFIGURED, AttemptResult.THROTTLED} <= set(
        Attempt.objects.values_list("result", flat=True)
    )
    assert log.lines
    shown = (pages(enter(OWNER)), pages(enter(OPS), Destination), api(caller()), mails(), screen.shown)
    assert places_with(secrets, rows(), *shown, (("log", line) for line in log.lines)) == []


def caller() -> Client:
    return Client(headers={"Authorization": f"Bearer {make_token(make_user(OWNER))}"})


@pytest.mark.parametrize("sentinel", SENTINELS.values(), ids=SENTINELS)
def test_the_stored_settings_hold_the_secrets_encrypted(sentinel: Sentinel) -> None:
    typed = sentinel.typed("http://127.0.0.1:9009")
    destination = saved(sentinel.kind, typed)
    secret_names = connector_class(sentinel.kind).Config.secret_names()
    kept = destination.read_secrets()
    assert kept == {name: typed[name].strip() for name in secret_names if name in typed}
    assert kept
    assert not kept.keys() & destination.settings.keys()
    assert places_with(spelled([*sentinel.hidden, *kept.values()]), rows()) == []


def test_every_secret_field_of_every_kind_is_tried_here() -> None:
    tried = {(one.kind, name) for one in SENTINELS.values() for name in one.typed("http://127.0.0.1:9009")}
    fields = {
        (kind, name) for kind in KINDS if kind != "scripted" for name in connector_class(kind).Config.secret_names()
    }
    assert {field for field in fields - tried if not field[1].startswith("header_")} == set()
