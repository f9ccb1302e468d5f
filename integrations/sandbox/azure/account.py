"""The storage account that is played: its name, its key, and what is signed with it."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from integrations.sandbox.inputs import Fields

NAME = "leadcrmsandbox"
HIDDEN = "***"

_KEY_BYTES = 64
_FIRST_KEY = base64.b64encode(b"A key that opens nothing but this sandbox of Lead CRM, see there").decode()
_SAS_VERSION = "2019-02-02"
_SAS_SECONDS = 3600


@dataclass(frozen=True)
class Account:
    """`key` as Azure shows it: 64 bytes in base64."""

    key: str = _FIRST_KEY

    @classmethod
    def with_another_key(cls) -> Self:
        return cls(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())

    def merged(self, given: Fields) -> "Account":
        """Raises BadInput: a field is unknown, or the key is none."""
        key = given.text("key", self.key)
        given.finish()
        try:
            length = len(base64.b64decode(key, validate=True))
        except (binascii.Error, ValueError):
            length = 0
        if length != _KEY_BYTES:
            raise given.bad("key", "storage_key")
        return Account(key)

    def stored(self) -> dict[str, Any]:
        return {"key": self.key}

    def hidden(self) -> dict[str, Any]:
        return {"account": NAME, "key": HIDDEN}

    @property
    def for_azurite(self) -> str:
        return f"{NAME}:{self.key}"

    def connection_string(self, endpoint: str, url: str) -> str:
        """As the Azure portal gives it; `endpoint` names the service: `TableEndpoint`."""
        scheme = url.partition(":")[0]
        return f"DefaultEndpointsProtocol={scheme};AccountName={NAME};AccountKey={self.key};{endpoint}={url}/{NAME};"

    def reading(self, service: str) -> str:
        """A query that lets one read everything for a while: Microsoft's "Create an account SAS"."""
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + _SAS_SECONDS))
        granted = {
            "sp": "rl",
            "ss": service,
            "srt": "sco",
            "st": "",
            "se": ends,
            "sip": "",
            "spr": "",
            "sv": _SAS_VERSION,
        }
        signed = "\n".join([NAME, *granted.values(), ""]).encode()
        digest = hmac.new(base64.b64decode(self.key), signed, hashlib.sha256).digest()
        return urlencode({name: value for name, value in granted.items() if value} | {"sig": base64.b64encode(digest)})
