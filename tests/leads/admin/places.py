"""Every page and every button of the admin, and which group may use it. A new one without a row fails a test."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, reverse
from knox.models import AuthToken

from leads.models import Destination, Notice, OfferTitle, PrivacyRule, ResendJob, Term
from leads.models.notice import NoticeKind
from leads.models.resend_job import ResendState
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import DeliveryState, InboundState
from tests.factories import (
    NOON,
    make_delivery,
    make_destination,
    make_endpoint,
    make_inbound,
    make_lead,
    make_offer,
    make_resend_job,
    make_route,
    make_secret,
    make_title,
    make_touch,
    make_user,
)

NO_GROUP = "no group"
ANONYMOUS = "anonymous"
GROUPS = (NO_GROUP, SALES, SALES_LEAD, OPS, OWNER)

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
OTHER_KEY = "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="

STAFF = set(GROUPS)
ALL = STAFF - {NO_GROUP}
OPERATORS = {OPS, OWNER}
OWNERS = {OWNER}
NOBODY: set[str] = set()

NOTE = {"note": "Entered by hand"}


class Page(NamedTuple):
    """``arguments`` makes what the address names; ``allowed`` are answered with ``status``, others with ``else_``."""

    allowed: set[str]
    arguments: Callable[[], list[Any]] = list
    status: int = 200
    else_: int = 403

    def expected(self, group: str) -> int:
        return self.status if group in self.allowed else self.else_


class Button(NamedTuple):
    """``make`` gives the row that the button acts on; ``posted`` what the button sends along."""

    allowed: set[str]
    make: Callable[[], Any]
    posted: Callable[[Any], dict[str, Any]] = lambda row: {}


def one(make: Callable[[], Any]) -> Callable[[], list[Any]]:
    return lambda: [make().pk]


def make_token() -> AuthToken:
    token: AuthToken = AuthToken.objects.create(make_user())[0]  # type: ignore[no-untyped-call]
    return token


def a_title() -> OfferTitle:
    return make_title(f"Title {OfferTitle.objects.count()}")


def make_notice() -> Notice:
    params = {"credential": "bearer_token", "ends_on": "2026-11-29"}
    return Notice.objects.create(kind=NoticeKind.CREDENTIAL_ENDS, destination=make_destination(), params=params)


def ended_replay() -> ResendJob:
    return make_resend_job(state=ResendState.DONE, finished_at=NOON)


def a_group() -> Group:
    make_user()
    return Group.objects.earliest("pk")


def pages_of(
    name: str,
    make: Callable[[], Any],
    *,
    see: set[str],
    add: set[str] = NOBODY,
    delete: set[str] = NOBODY,
) -> dict[str, Page]:
    row = one(make)
    return {
        f"{name}_changelist": Page(see),
        f"{name}_add": Page(add),
        f"{name}_change": Page(see, row),
        f"{name}_history": Page(see, row),
        f"{name}_delete": Page(delete, row),
    }


def do_nothing(name: str, make: Callable[[], Any]) -> dict[str, Page]:
    """The address of the buttons, with one that does not exist: as for any unknown thing, back to the overview."""
    return {f"{name}_do": Page(STAFF, lambda: [make().pk, "fly"], status=302)}


PAGES: dict[str, Page] = {
    "index": Page(STAFF),
    "login": Page(STAFF, status=302),
    "logout": Page(NOBODY, else_=405),
    "password_change": Page(STAFF),
    "password_change_done": Page(STAFF),
    "autocomplete": Page(NOBODY),
    "jsi18n": Page(STAFF),
    "search": Page(STAFF),
    "view_on_site": Page(NOBODY, lambda: [ContentType.objects.get_for_model(User).pk, make_user().pk], else_=404),
    "app_list": Page(ALL, lambda: ["leads"], else_=404),
    **pages_of("leads_lead", make_lead, see=ALL),
    **pages_of("leads_delivery", make_delivery, see=ALL),
    **pages_of("leads_inboundrequest", make_inbound, see=OPERATORS),
    **pages_of("leads_destination", make_destination, see=ALL, add=OWNERS, delete=OWNERS),
    **pages_of("leads_endpoint", make_endpoint, see=OPERATORS, add=OWNERS, delete=OWNERS),
    **pages_of("leads_offer", make_offer, see=ALL, add=OWNERS, delete=OWNERS),
    **pages_of("leads_offertitle", a_title, see=OPERATORS, add=OWNERS),
    **pages_of("leads_route", lambda: make_route(make_destination()), see=OPERATORS, add=OWNERS, delete=OWNERS),
    **pages_of(
        "leads_term",
        lambda: Term.objects.create(kind="action", code=f"X{Term.objects.count()}", label="Wants X"),
        see=OPERATORS,
        add=OWNERS,
        delete=OWNERS,
    ),
    **pages_of(
        "leads_privacyrule",
        lambda: PrivacyRule.objects.create(domain=f"ac{PrivacyRule.objects.count()}.example"),
        see=OPERATORS,
        add=OWNERS,
        delete=OWNERS,
    ),
    **pages_of("auth_user", make_user, see=OWNERS, add=OWNERS, delete=OWNERS),
    "auth_user_password_change": Page(OWNERS, one(make_user)),
    **pages_of("auth_group", a_group, see=OWNERS),
    **pages_of("knox_authtoken", make_token, see=OWNERS, delete=OWNERS),
    "leads_system": Page(OPERATORS),
    "leads_destination_panel": Page(ALL, one(make_destination)),
    "leads_destination_explain": Page(OPERATORS),
    "leads_destination_mapping": Page(OPERATORS, one(make_destination), status=302),  # this kind's form is fixed
    "leads_destination_credentials": Page(OPERATORS, one(lambda: destination_with_secret())),
    "leads_inboundrequest_process_again": Page(NOBODY, else_=405),
    **pages_of("leads_notice", make_notice, see=OPERATORS),
    **pages_of("leads_resendjob", ended_replay, see=OPERATORS, add=OPERATORS, delete=OWNERS),
    "leads_resendjob_state": Page(OPERATORS, one(make_resend_job)),
    **do_nothing("leads_lead", make_lead),
    **do_nothing("leads_delivery", make_delivery),
    **do_nothing("leads_inboundrequest", make_inbound),
    **do_nothing("leads_destination", make_destination),
    **do_nothing("leads_endpoint", make_endpoint),
    **do_nothing("leads_resendjob", make_resend_job),
}


def delivery(state: DeliveryState, **values: Any) -> Callable[[], Any]:
    return lambda: make_delivery(touch=make_touch(), state=state, **values)


def rejected() -> Any:
    return make_inbound(b"", state=InboundState.REJECTED, reason="empty")


def unreachable() -> Any:
    """The port is one that no lead is sent to."""
    return make_destination(settings={"url": "http://127.0.0.1:9/", "sign_in": "none", "signed": False})


def destination_with_secret(**settings: Any) -> Destination:
    """As the form saves it."""
    plain = {"method": "POST", "body_shape": "documented", "sign_in": "none", "signed": True}
    plain |= {"url": "https://crm.example.com/leads", "recognises_repeats": True} | settings
    destination = make_destination(name="CRM", settings=plain)
    destination.write_secrets({"signing_secret": SECRET})
    destination.save()
    return destination


def endpoint_with_secret() -> Any:
    return make_secret().endpoint


BUTTONS: dict[str, Button] = {
    "lead.move": Button({SALES, SALES_LEAD, OWNER}, make_lead, lambda lead: {"stage": "contacted"}),
    "delivery.try_again": Button(ALL, delivery(DeliveryState.FAILED)),
    "delivery.give_up": Button(ALL, delivery(DeliveryState.QUEUED), lambda row: NOTE),
    "delivery.arrived_there": Button(ALL, delivery(DeliveryState.FAILED, reason="may_have_arrived")),
    "delivery.send_again": Button(OPERATORS, delivery(DeliveryState.DELIVERED)),
    "delivery.release": Button({SALES_LEAD, OWNER}, delivery(DeliveryState.WITHHELD)),
    "inboundrequest.read_again": Button(OPERATORS, rejected),
    "destination.check_now": Button(OPERATORS, unreachable),
    "destination.test_lead": Button(OPERATORS, unreachable),
    "destination.pause": Button(OPERATORS, make_destination),
    "destination.resume": Button(
        OPERATORS, lambda: make_destination(gate={"paused_at": "2026-03-02T12:00Z", "paused_by": "person"})
    ),
    "resendjob.cancel": Button(OPERATORS, make_resend_job),
    "endpoint.rotate": Button(OWNERS, endpoint_with_secret),
    "endpoint.revoke": Button(
        OWNERS, endpoint_with_secret, lambda endpoint: {"secret": str(endpoint.secrets.get().pk)}
    ),
}

LIST_ACTIONS: dict[str, Button] = {
    "delivery.retry_selected": Button(OPERATORS, delivery(DeliveryState.FAILED)),
    "delivery.give_up_selected": Button(OPERATORS, delivery(DeliveryState.QUEUED), lambda row: NOTE),
    "inboundrequest.process_selected_again": Button(OPERATORS, rejected),
    "authtoken.take_away": Button(OWNERS, make_token),
}


def routed_names(patterns: list[Any] | None = None) -> Iterator[str | None]:
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routed_names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name


def address_of(name: str, *arguments: Any) -> str:
    return reverse(f"admin:{name}", args=arguments)


def page_of(row: Any) -> str:
    return address_of(f"{row._meta.app_label}_{row._meta.model_name}_change", row.pk)


def button_of(row: Any, action: str) -> str:
    return address_of(f"{row._meta.app_label}_{row._meta.model_name}_do", row.pk, action.replace("_", "-"))


def list_of(row: Any) -> str:
    return address_of(f"{row._meta.app_label}_{row._meta.model_name}_changelist")
