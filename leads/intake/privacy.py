"""Whose data stands in a request that no lead came out of, or not yet."""

import json
import re
from collections.abc import Collection, Iterator
from urllib.parse import unquote_plus

from leads.models import PrivacyRule
from leads.policy import privacy_of
from leads.states import PrivacyAction

_ADDRESS = re.compile(r"@\s*[\w.-]+")
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[bfnrt])")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def names_private_person(body: bytes) -> bool:
    """Whether an address in the body is one whose personal data a rule holds back. One query.

    Nobody knows what the body is, so it is read in several ways; one of them is enough.
    """
    rules = {domain: PrivacyAction(action) for domain, action in PrivacyRule.objects.values_list("domain", "action")}
    addresses = {address for text in _readings(body) for address in _ADDRESS.findall(text)}
    return any(privacy_of(address, rules) is PrivacyAction.HOLD for address in addresses)


def names_address(body: bytes, addresses: Collection[str]) -> bool:
    """Whether one of these stands in the body, in whatever way it is written."""
    wanted = [_NOT_ASCII.sub("@x", address).casefold() for address in addresses]
    return any(address in text.casefold() for text in _readings(body) for address in wanted)


def _readings(body: bytes) -> Iterator[str]:
    """As it stands, and as who reads forms or JSON would see it; in ASCII, as the rules' domains are. Other letters may
    be part of a domain or follow it without a space: an ``@`` in their place finds both."""
    for encoding in ("ascii", json.detect_encoding(body)):
        text = body.decode(encoding, "replace").replace("\0", "")
        for reading in (text, _JSON_ESCAPE.sub(_unescaped, unquote_plus(text))):
            yield _NOT_ASCII.sub("@x", reading)


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else " "
