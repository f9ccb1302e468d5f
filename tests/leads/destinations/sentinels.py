"""Settings in which every secret is one of a kind, in the form that its system gives it, so that it can be searched."""

import base64
import json
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, urlsplit

from tests.integrations.signing_certificates import key_as_pem, pair, rsa_key

PASSWORD = "SENTINEL-7f3a/b+c&d<e>'f"
BEARER = "SENTINEL-9b1c.token_of~the/tests+0001=="
BASIC = base64.b64encode(f"mina:{PASSWORD}".encode()).decode()
SIGNING = "whsec_" + base64.b64encode(b"SENTINEL-signing-key-0123456789").decode()
PREVIOUS = "whsec_" + base64.b64encode(b"SENTINEL-former--key-0123456789").decode()
ENTRA_SECRET = "SEN8Q~tinel.secret_of-the~tests-00000001"
CONSUMER_SECRET = "5E47" * 16
CLIENT_SECRET = "SentinelMarketoSecret00000000099"
HUBSPOT_TOKEN = "pat-na1-5e475e47-5e47-4e47-8e47-5e475e475e47"
ACCOUNT_KEY = base64.b64encode(b"SENTINEL-key-of-an-azure-storage-account-0123456789-abcdefghijkl").decode()
SIGNATURE = "SENTINELsig+of/a0shared0access0signature000="
TENANT, CLIENT = "aaaabbbb-0000-cccc-1111-dddd2222eeee", "00001111-aaaa-2222-bbbb-3333cccc4444"


class Sentinel(NamedTuple):
    """``typed`` fills the form from an address; ``hidden`` must be seen nowhere. ``signs_in``: it asks for a token;
    ``is_known_there``: the other system has it too, and may write it back."""

    kind: str
    typed: Callable[[str], dict[str, Any]]
    hidden: tuple[str, ...]
    signs_in: bool = False
    is_known_there: bool = True


def _https(**sign_in: Any) -> Callable[[str], dict[str, Any]]:
    signed = {"signed": True, "signing_secret": SIGNING, "previous_signing_secret": PREVIOUS}
    return lambda url: {"url": f"{url}/leads", "answer_holds_id": True} | signed | sign_in


def _dynamics365(**sign_in: Any) -> Callable[[str], dict[str, Any]]:
    ids = {"tenant_id": TENANT, "client_id": CLIENT, "unusual_host": True}
    return lambda url: {"environment_url": url, "token_authority": url} | ids | sign_in


def _salesforce(url: str) -> dict[str, Any]:
    key = {"consumer_key": "3MVG9consumer.key", "consumer_secret": CONSUMER_SECRET}
    return {"my_domain": url, "unusual_host": True} | key


def _marketo(url: str) -> dict[str, Any]:
    client = {"client_id": "01f22a42-0f05-4e7f-b675-550b6e3c0d01", "client_secret": CLIENT_SECRET}
    return {"account": url, "unusual_host": True} | client


def _hubspot(url: str) -> dict[str, Any]:
    return {"access_token": HUBSPOT_TOKEN, "unusual_host": True, "api_url": url}


def _azure(service: str, holder: dict[str, str], *, sas: bool) -> Callable[[str], dict[str, Any]]:
    def typed(url: str) -> dict[str, Any]:
        scheme, place = urlsplit(url).scheme, next(iter(holder.values()))
        table = "" if service == "blob" else f"&tn={place.lower()}"
        query = f"sv=2022-11-02&sp=raudwlc&st=2026-01-01&se=2099-01-01&sr=c&sig={quote(SIGNATURE, safe='')}{table}"
        key = (
            f"DefaultEndpointsProtocol={scheme};AccountName=contosoleads;AccountKey={ACCOUNT_KEY};"
            f"{service.capitalize()}Endpoint={url}/contosoleads;"
        )
        connection = f"{url}/contosoleads/{place}?{query}" if sas else key
        return {"sign_in": "connection", "connection": connection, "unusual_host": True} | holder

    return typed


def _azure_application(**holder: str) -> Callable[[str], dict[str, Any]]:
    """It signs in to accounts over TLS alone, so that nobody is at the account's address."""
    ids = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": ENTRA_SECRET, "unusual_host": True}
    account = {"sign_in": "entra", "account": "https://127.0.0.1:9009/contosoleads"}
    return lambda url: {"token_authority": url} | ids | account | holder


CERTIFICATE = pair(7)
_KEY_LINES = tuple(key_as_pem(rsa_key(7)).splitlines()[1:4])
_TABLE, _CONTAINER = {"table": "Leads"}, {"container": "leads"}

SENTINELS: dict[str, Sentinel] = {
    "https, bearer": Sentinel("https", _https(sign_in="bearer", bearer_token=BEARER), (BEARER, SIGNING, PREVIOUS)),
    "https, basic": Sentinel(
        "https",
        _https(sign_in="basic", user_name="mina", password=PASSWORD),
        (PASSWORD, BASIC, SIGNING[6:], PREVIOUS[6:]),
    ),
    "https, headers": Sentinel(
        "https", _https(sign_in="headers", header_2_name="X-Key", header_2_value=PASSWORD), (PASSWORD, SIGNING)
    ),
    "dynamics365, secret": Sentinel(
        "dynamics365", _dynamics365(sign_in="secret", client_secret=ENTRA_SECRET), (ENTRA_SECRET,), signs_in=True
    ),
    "dynamics365, certificate": Sentinel(
        "dynamics365",
        _dynamics365(sign_in="certificate", certificate=CERTIFICATE.both),
        _KEY_LINES,
        signs_in=True,
        is_known_there=False,
    ),
    "salesforce": Sentinel("salesforce", _salesforce, (CONSUMER_SECRET,), signs_in=True),
    "marketo": Sentinel("marketo", _marketo, (CLIENT_SECRET,), signs_in=True),
    "hubspot": Sentinel("hubspot", _hubspot, (HUBSPOT_TOKEN,)),
    "azure_table, key": Sentinel("azure_table", _azure("table", _TABLE, sas=False), (ACCOUNT_KEY,)),
    "azure_table, SAS": Sentinel("azure_table", _azure("table", _TABLE, sas=True), (SIGNATURE,)),
    "azure_table, application": Sentinel("azure_table", _azure_application(**_TABLE), (ENTRA_SECRET,), signs_in=True),
    "azure_blob, application": Sentinel("azure_blob", _azure_application(**_CONTAINER), (ENTRA_SECRET,), signs_in=True),
    "azure_blob, key": Sentinel("azure_blob", _azure("blob", _CONTAINER, sas=False), (ACCOUNT_KEY,)),
    "azure_blob, SAS": Sentinel("azure_blob", _azure("blob", _CONTAINER, sas=True), (SIGNATURE,)),
}


def spellings(secret: str) -> set[str]:
    """As it is, and as URLs, JSON and HTML write it."""
    as_json = json.dumps(secret)[1:-1]
    return {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), as_json, escape(secret), escape(as_json)}


def spelled(secrets: Iterable[str]) -> set[str]:
    return {spelling for secret in secrets for spelling in spellings(secret)}
