"""Whose data stands in a request that no lead came out of, or not yet."""

import re

from leads.models import PrivacyRule
from leads.policy import privacy_of
from leads.states import PrivacyAction

_ADDRESS = re.compile(r"@[\w.-]+")


def names_private_person(body: bytes) -> bool:
    """Whether an address in the body is one whose personal data a rule holds back. One query."""
    rules = {domain: PrivacyAction(action) for domain, action in PrivacyRule.objects.values_list("domain", "action")}
    text = body.replace(b"\0", b"").decode("latin-1")  # so that UTF-16 and UTF-32 are searched, too
    return any(privacy_of(address, rules) is PrivacyAction.HOLD for address in _ADDRESS.findall(text))
