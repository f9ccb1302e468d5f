"""What each kind's far side wants to be told, how it can be made to fail, and what it then is to the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import Arrival
from integrations.sandbox.dataverse import Dataverse
from integrations.sandbox.dataverse import settings as of_dataverse
from integrations.sandbox.marketo import Marketo
from integrations.sandbox.marketo.settings import Settings as OfMarketo
from integrations.sandbox.receiver import Receiver
from integrations.sandbox.salesforce import Salesforce
from integrations.sandbox.salesforce import settings as of_salesforce
from integrations.sandbox.simulator import Simulator

type Typed = dict[str, Any]

BEARER = "bearer-token-of-the-tests-0001"
ORGANIZATION = "00D000000000001"
SIGNING_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A setting that the far side changed: ``told`` to the sandbox, ``typed`` to put it right, ``cause`` meanwhile."""

    told: Mapping[str, Any]
    typed: Typed
    cause: str


@dataclass(frozen=True, kw_only=True)
class FarSide:
    """``typed`` is what a person enters in the form, from the system's address. ``arrives`` is how a new record does,
    ``repeated`` how one does whose answer was lost: ``None`` where a person has to decide. ``hold`` in seconds is what
    ``throttle`` leads to. ``bad`` makes a touch that the far side refuses; ``refusal`` is the cause."""

    kind: str
    system: type[Simulator]
    typed: Callable[[str], Typed]
    told: Mapping[str, Any] = field(default_factory=dict)
    collection: str
    email_of: Callable[[Mapping[str, Any]], str]
    path: str
    arrives: Arrival
    repeated: Arrival | None
    hold: int = 5
    wrong: Wrong
    bad: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""
    token_path: str = ""
    batch: int = 1
    removes: bool = False

    @property
    def throttle(self) -> dict[str, Any]:
        return {"match": {"path": self.path}} | self.system.presets["throttle"]


def _https(url: str) -> Typed:
    return {
        "url": f"{url}/hook", "sign_in": "bearer", "bearer_token": BEARER, "signed": True,
        "signing_secret": SIGNING_SECRET, "answer_holds_id": True, "recognises_repeats": True,
        "already_there_statuses": "409",
    }  # fmt: skip


def _dynamics365(url: str) -> Typed:
    return {
        "environment_url": url, "token_authority": url, "unusual_host": True, "sign_in": "secret",
        "tenant_id": of_dataverse.TENANT_ID, "client_id": of_dataverse.CLIENT_ID,
        "client_secret": of_dataverse.CLIENT_SECRET,
    }  # fmt: skip


def _salesforce(url: str) -> Typed:
    return {
        "my_domain": url, "unusual_host": True, "consumer_key": of_salesforce.CONSUMER_KEY,
        "consumer_secret": of_salesforce.CONSUMER_SECRET,
    }  # fmt: skip


def _web_to_lead(url: str) -> Typed:
    return {"organization_id": ORGANIZATION, "unusual_host": True, "address": url}


def _marketo(url: str) -> Typed:
    usual = OfMarketo()
    return {
        "account": url, "unusual_host": True, "client_id": usual.client_id, "client_secret": usual.client_secret,
    }  # fmt: skip


def _marketo_form(url: str) -> Typed:
    return {"munchkin_id": OfMarketo().munchkin_id, "form_id": "1179", "server_id": url, "unusual_host": True}


HTTPS = FarSide(
    kind="https",
    system=Receiver,
    typed=_https,
    told={"bearer": BEARER, "secrets": [SIGNING_SECRET], "on_repeat": "conflict"},
    collection="",
    email_of=lambda fields: fields["body"]["UserDetails"]["Email"],
    path="/hook",
    arrives=Arrival.CREATED,
    repeated=Arrival.ALREADY_THERE,
    wrong=Wrong(
        told={"bearer": "another-token-0002"}, typed={"bearer_token": "another-token-0002"}, cause="sign_in_refused"
    ),
)
DYNAMICS365 = FarSide(
    kind="dynamics365",
    system=Dataverse,
    typed=_dynamics365,
    collection="leads",
    email_of=lambda fields: fields["emailaddress1"],
    path="/api/data/",
    arrives=Arrival.CREATED,
    repeated=Arrival.ALREADY_THERE,
    wrong=Wrong(
        told={"client_secret": "new8Q~secret.made-in-the.directory-000000"},
        typed={"client_secret": "new8Q~secret.made-in-the.directory-000000"},
        cause="dynamics365_secret_wrong",
    ),
    bad={"company": "Fabrikam \ufffe"},
    refusal="dynamics365_character",
    token_path="/oauth2/",
    batch=100,
    removes=True,
)
SALESFORCE = FarSide(
    kind="salesforce",
    system=Salesforce,
    typed=_salesforce,
    collection="leads",
    email_of=lambda fields: fields["Email"],
    path="/services/data/",
    arrives=Arrival.CREATED,
    repeated=Arrival.ALREADY_THERE,
    hold=30,
    wrong=Wrong(
        told={"app": {"consumer_secret": "5B" * 32}},
        typed={"consumer_secret": "5B" * 32},
        cause="salesforce_consumer_secret_wrong",
    ),
    bad={"company": "REFUSE"},
    refusal="salesforce_validation_rule",
    token_path="/oauth2/",
    batch=200,
    removes=True,
)
WEB_TO_LEAD = FarSide(
    kind="salesforce_web_to_lead",
    system=Salesforce,
    typed=_web_to_lead,
    told={"org": {"id": ORGANIZATION}, "web_to_lead": {"delay": 0}},
    collection="leads",
    email_of=lambda fields: fields["Email"],
    path="/servlet/",
    arrives=Arrival.UNCONFIRMED,
    repeated=None,
    wrong=Wrong(
        told={"org": {"id": "00D000000000002"}},
        typed={"organization_id": "00D000000000002"},
        cause="salesforce_form_refused",
    ),
)
MARKETO = FarSide(
    kind="marketo",
    system=Marketo,
    typed=_marketo,
    told={"race_window": 0},
    collection="people",
    email_of=lambda fields: fields["email"],
    path="/rest/",
    arrives=Arrival.CREATED,
    repeated=Arrival.UPDATED,
    hold=20,
    wrong=Wrong(
        told={"client_secret": "SandboxMarketoSecretSandbox00007"},
        typed={"client_secret": "SandboxMarketoSecretSandbox00007"},
        cause="marketo_client_refused",
    ),
    bad={"email": "nobody"},
    refusal="marketo_value_refused",
    token_path="/identity/",
    batch=300,
    removes=True,
)
MARKETO_FORM = FarSide(
    kind="marketo_form",
    system=Marketo,
    typed=_marketo_form,
    told={"race_window": 0, "unknown_form": "400"},
    collection="people",
    email_of=lambda fields: fields["email"],
    path="/leadCapture/",
    arrives=Arrival.UNCONFIRMED,
    repeated=None,
    wrong=Wrong(told={"munchkin_id": "5A5-SBX-001"}, typed={"munchkin_id": "5A5-SBX-001"}, cause="marketo_form_ids"),
    bad={"email": ""},
    refusal="marketo_no_email",
)
SIDES = {side.kind: side for side in (HTTPS, DYNAMICS365, SALESFORCE, WEB_TO_LEAD, MARKETO, MARKETO_FORM)}

# Set up so that the far side cannot tell a repeat.
FORGETFUL = {
    "https": replace(
        HTTPS, repeated=None, typed=lambda url: _https(url) | {"recognises_repeats": False, "answer_holds_id": False}
    ),
    "salesforce": replace(SALESFORCE, repeated=None, typed=lambda url: _salesforce(url) | {"key_field": ""}),
    **{kind: side for kind, side in SIDES.items() if side.repeated is None},
}
