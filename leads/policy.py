"""May this touch go there, and with what? Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from leads.states import PrivacyAction, Withheld

_DOMAIN = re.compile(r"@\s*([\w.-]+)")
_LONGEST_DOMAIN = 253  # in characters, RFC 1035; of a longer text, which is none, the end decides


class Verdict(NamedTuple):
    """``withheld`` is empty when the touch may go."""

    withheld: Withheld | None = None
    without_personal_data: bool = False


def judge(
    *, is_test: bool, is_dnc: bool, privacy: PrivacyAction, takes_test_leads: bool, takes_do_not_contact: bool
) -> Verdict:
    """What policy says of one touch (``is_test``, ``is_dnc``, ``privacy``) and one destination (``takes_…``)."""
    if is_test and not takes_test_leads:
        return Verdict(Withheld.TEST)
    if is_dnc and not takes_do_not_contact:
        return Verdict(Withheld.DO_NOT_CONTACT)
    if privacy is PrivacyAction.HOLD:
        return Verdict(Withheld.PRIVACY)
    return Verdict(without_personal_data=privacy is PrivacyAction.STRIP)


def privacy_of(email: str, rules: Mapping[str, PrivacyAction]) -> PrivacyAction:
    """The action of the rule with the longest domain that ends the address; ``OFF`` when none does.

    Also where the field holds more than an address, such as ``Mina <mina@cs.example.edu>``.
    """
    for domain in _DOMAIN.findall(email.casefold()):
        for suffix in _suffixes(domain.rstrip(".")[-_LONGEST_DOMAIN:]):
            if suffix in rules:
                return PrivacyAction(rules[suffix])
    return PrivacyAction.OFF


def _suffixes(domain: str) -> Iterable[str]:
    """``a.b.c`` → ``a.b.c``, ``b.c``, ``c``."""
    while domain:
        yield domain
        _label, _dot, domain = domain.partition(".")
