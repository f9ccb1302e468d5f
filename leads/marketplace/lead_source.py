"""The lead-source text ``Source-Action|Offer``.

Form: Microsoft's "Get customer leads from your commercial marketplace offer". The HTTPS samples put the source alone
there, and the oldest one free text, so every text must be readable.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.marketplace.catalogue import DOCUMENTED, Action, Catalogue


class Quality(models.TextChoices):
    """How well a lead-source text was understood."""

    EXACT = "exact", _("Understood")
    UNKNOWN_ACTION = "unknown-action", _("Unknown action")
    UNKNOWN_SOURCE = "unknown-source", _("Unknown source")
    GUESSED = "guessed", _("Guessed")
    UNKNOWN = "unknown", _("Not understood")
    TEST = "test", _("Test lead")
    EMPTY = "empty", _("Empty")


@dataclass(frozen=True)
class LeadSource:
    """What a lead-source text and the action code beside it say.

    ``source`` and ``action`` are documented codes where known, otherwise as written. ``other_action`` is the action
    that lost where text and action code differ. ``offer_part`` is all after the first bar.
    """

    original: str
    source: str
    action: str
    other_action: str
    offer_part: str
    publisher_id: str
    offer_id: str
    quality: Quality

    @property
    def offer_text(self) -> str:
        """The offer part where it holds no ids."""
        return "" if self.offer_id else self.offer_part


class _Left(NamedTuple):
    source: str
    action: str
    quality: Quality


def parse_lead_source(text: str, action_code: str = "", catalogue: Catalogue = DOCUMENTED) -> LeadSource:
    """Read any text; nothing is refused. ``action_code`` is the payload's own field and wins over the text's action."""
    source_and_action, _bar, offer_part = (part.strip() for part in text.partition("|"))
    left = _read_left(source_and_action, catalogue)
    action, other_action = _choose_action(left.action, action_code.strip(), catalogue)
    quality = left.quality if text.strip() else Quality.EMPTY
    if quality is Quality.EXACT and action and catalogue.action(action) is None:
        quality = Quality.UNKNOWN_ACTION
    publisher_id, offer_id = _read_offer_ids(offer_part)
    return LeadSource(text, left.source, action, other_action, offer_part, publisher_id, offer_id, quality)


def _read_left(left: str, catalogue: Catalogue) -> _Left:
    return (
        _read_test_token(left)
        or _read_known_source(left, catalogue)
        or _read_known_action(left, catalogue)
        or _guess(left)
        or _Left(left, "", Quality.UNKNOWN)
    )


_TEST_HALVES = re.compile(r"(MSFT_TEST[^\s-]*)\s*-\s*(MSFT_TEST.*)", re.IGNORECASE | re.DOTALL)


def _read_test_token(left: str) -> _Left | None:
    if halves := _TEST_HALVES.fullmatch(left):
        return _Left(halves[1], halves[2], Quality.TEST)
    words = left.split()
    # Microsoft's Korean edition prints the test lead with a blank in place of the hyphen.
    if len(words) == 2 and words[0] == words[1] and words[0].upper().startswith("MSFT_TEST"):
        return _Left(words[0], words[1], Quality.TEST)
    return None


def _read_known_source(left: str, catalogue: Catalogue) -> _Left | None:
    for spelling, source in catalogue.source_spellings:
        if left[: len(spelling)].casefold() != spelling:
            continue
        rest = left[len(spelling) :].lstrip()
        if not rest:
            return _Left(source.code, "", Quality.EXACT)
        if rest.startswith("-"):
            action = rest[1:].strip()
            known = not action or catalogue.action(action)
            return _Left(source.code, action, Quality.EXACT if known else Quality.UNKNOWN_ACTION)
    return None


def _read_known_action(left: str, catalogue: Catalogue) -> _Left | None:
    """``Anything-PLT``, and ``PLT`` alone: a bare ``DNC`` must not be taken for the name of a source."""
    for spelling, action in catalogue.action_spellings:
        if left[-len(spelling) :].casefold() != spelling:
            continue
        head = left[: -len(spelling)].rstrip()
        if not head or head.endswith("-"):
            return _Left(head.removesuffix("-").rstrip(), action.code, Quality.UNKNOWN_SOURCE)
    return None


def _guess(left: str) -> _Left | None:
    source, _hyphen, action = left.partition("-")
    if not source or not action or _has_blanks(left):
        return None
    return _Left(source, action, Quality.GUESSED)


def _choose_action(written: str, given: str, catalogue: Catalogue) -> tuple[str, str]:
    """The action that counts and the one that lost. Whichever forbids contact wins: the cautious reading."""
    first, second = _canonical(given, catalogue), _canonical(written, catalogue)
    if not first or first.casefold() == second.casefold():
        return first or second, ""
    if _forbids_contact(catalogue.action(second)) and not _forbids_contact(catalogue.action(first)):
        return second, first
    return first, second


def _canonical(action_code: str, catalogue: Catalogue) -> str:
    known = catalogue.action(action_code)
    return known.code if known else action_code


def _forbids_contact(action: Action | None) -> bool:
    return action is not None and not action.contact_allowed


_APPSOURCE_IDS = re.compile(r"PUBID\.([^|]+)\|\s*AID\.([^|]+)(?:\|\s*PAPPID\..*)?", re.IGNORECASE | re.DOTALL)


def _read_offer_ids(offer_part: str) -> tuple[str, str]:
    """Publisher id and offer id from ``publisher.offer``; titles hold blanks, ids do not."""
    if ids := _APPSOURCE_IDS.fullmatch(offer_part):
        return ids[1].strip(), ids[2].strip()
    publisher_id, _dot, offer_id = offer_part.partition(".")
    if publisher_id and offer_id and not _has_blanks(offer_part):
        return publisher_id, offer_id
    return "", ""


def _has_blanks(text: str) -> bool:
    return any(character.isspace() for character in text)
