"""A storage account's address and what opens it, out of what the Azure portal gives people to copy; pure.

As in Microsoft's "Configure Azure Storage connection strings" and "Create a service SAS".
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, parse_qs, urlsplit

from integrations.vendors.azure.sas import Sas

SUFFIXES = ("core.windows.net", "core.chinacloudapi.cn", "core.usgovcloudapi.net", "core.cloudapi.de")

_ACCOUNT_NAME = re.compile(r"[a-z0-9]{3,24}")
_USUAL_HOST = re.compile(
    rf"[a-z0-9]{{3,24}}\.(?:(?:table|blob)\.(?:{'|'.join(map(re.escape, SUFFIXES))})"
    rf"|z\d{{1,2}}\.(?:table|blob)\.storage\.azure\.net)"
)
_HOST = re.compile(
    r"[a-z0-9]{3,24}\.(?:(?P<service>table|blob|queue|file|dfs)\.core\.[a-z.]+"
    r"|z\d{1,2}\.(?P<zoned>table|blob|queue|file|dfs)\.storage\.azure\.net)"
)
_SETTINGS = frozenset(
    (
        "accountname", "accountkey", "tableendpoint", "blobendpoint", "queueendpoint", "fileendpoint",
        "sharedaccesssignature", "usedevelopmentstorage", "defaultendpointsprotocol",
    )
)  # fmt: skip


class Service(StrEnum):
    TABLE = "table"
    BLOB = "blob"


class UnusableConnection(Exception):
    """``problem`` names the slip: a key of ``settings.PROBLEMS``. Nothing of the text is in the error."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Account:
    """One service of a storage account. Opened by a key, a SAS, or, with neither, by Entra ID.

    ``endpoint`` without a slash at its end; ``named`` is the table or container that a SAS URL goes on with.
    """

    endpoint: str
    name: str
    key: str = field(default="", repr=False)
    sas: Sas | None = field(default=None, repr=False)
    named: str = ""

    @classmethod
    def from_text(cls, text: str, service: Service) -> Self:
        """From a connection string or a SAS URL. Raises ``UnusableConnection``."""
        text = text.strip().strip("\"'").strip()
        if re.match(r"https?://", text, re.IGNORECASE):
            return cls._from_sas_url(text, service)
        return cls._from_settings(_settings_in(text), service)

    @classmethod
    def for_entra(cls, account: str, service: Service) -> Self:
        """From an account's name or the URL of its service. Raises ``UnusableConnection``."""
        if _ACCOUNT_NAME.fullmatch(account):
            return cls(f"https://{account}.{service}.{SUFFIXES[0]}", account)
        return cls._at(_endpoint_parts(account if "://" in account else f"https://{account}", service))

    @property
    def is_usual(self) -> bool:
        """Whether the host is one of Azure's own."""
        return _USUAL_HOST.fullmatch(urlsplit(self.endpoint).hostname or "") is not None

    @property
    def secrets(self) -> list[str]:
        """What must not be shown of it."""
        return [self.key] if self.key else self.sas.secrets if self.sas else []

    @classmethod
    def _from_sas_url(cls, text: str, service: Service) -> Self:
        parts = _endpoint_parts(text, service)
        if "sig" not in parse_qs(parts.query):
            raise UnusableConnection("url_without_sas")
        return cls._at(parts, sas=Sas(parts.query))

    @classmethod
    def _from_settings(cls, given: Mapping[str, str], service: Service) -> Self:
        if "usedevelopmentstorage" in given:
            raise UnusableConnection("development_storage")
        name, sas = given.get("accountname", ""), given.get("sharedaccesssignature", "").lstrip("?")
        if "accountkey" not in given and not sas:
            raise UnusableConnection("no_key")
        if name and not _ACCOUNT_NAME.fullmatch(name):
            raise UnusableConnection("account_name")
        parts = _endpoint_parts(_endpoint_in(given, name, service), service)
        if sas:
            return cls._at(parts, name=name, sas=Sas(sas))
        return cls._at(parts, name=name, key=_key_in(given["accountkey"], name))

    @classmethod
    def _at(cls, parts: SplitResult, *, name: str = "", key: str = "", sas: Sas | None = None) -> Self:
        path = [segment for segment in parts.path.split("/") if segment]
        in_path = path[:1] if _names_accounts_in_path(parts.hostname or "") else []
        name = name or (in_path or (parts.hostname or "").split(".")[:1])[0]
        endpoint = "/".join([f"{parts.scheme}://{parts.netloc.lower()}", *in_path])
        return cls(endpoint, name, key, sas, named="/".join(path[len(in_path) :]))


def _settings_in(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(";") if part.strip()]
    given = {name.strip().lower(): value.strip() for name, _equals, value in pairs}
    if given.keys() & _SETTINGS:
        return given
    if "sig=" in text and "&" in text:
        raise UnusableConnection("sas_alone")
    raise UnusableConnection("key_alone" if _is_key(text) else "unreadable")


def _endpoint_in(given: Mapping[str, str], name: str, service: Service) -> str:
    if endpoint := given.get(f"{service}endpoint"):
        return endpoint
    if not name:
        raise UnusableConnection("other_service" if any(key.endswith("endpoint") for key in given) else "no_account")
    suffix = given.get("endpointsuffix") or SUFFIXES[0]
    return f"{given.get('defaultendpointsprotocol') or 'https'}://{name}.{service}.{suffix}"


def _endpoint_parts(url: str, service: Service) -> SplitResult:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        raise UnusableConnection("unreadable") from None
    if host == "portal.azure.com" or host.endswith(".portal.azure.com"):
        raise UnusableConnection("portal_url")
    if not host:
        raise UnusableConnection("unreadable")
    found = _HOST.fullmatch(host)
    if found and (found["service"] or found["zoned"]) != service:
        raise UnusableConnection("other_service")
    return parts


def _key_in(text: str, name: str) -> str:
    if not name:
        raise UnusableConnection("no_account")
    if not _is_key(text):
        raise UnusableConnection("key_unreadable")
    return text


def _is_key(text: str) -> bool:
    """512 bits in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == 64
    except ValueError:
        return False


def _names_accounts_in_path(host: str) -> bool:
    """As emulators and private clouds without a DNS of their own do: an address, or a name without dots."""
    try:
        ip_address(host)
    except ValueError:
        return "." not in host
    return True
