"""Why a lead is somebody's, in words."""

import pytest

from leads import words
from leads.states import Sharing


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ({"code": "in_turn", "rule": "DACH"}, "In turn, by the rule “DACH”"),
        ({"code": "least_busy", "rule": "DACH"}, "As the one with the fewest open leads, by the rule “DACH”"),
        ({"code": "who_takes", "rule": "Pool"}, "Open to whoever takes it, by the rule “Pool”"),
        ({"code": "clock", "rule": "100 %(x)s"}, "Nobody had answered in time; handed on by the rule “100 %(x)s”"),
        ({"code": "by_hand"}, "Given by hand"),
        ({"code": "of a later version"}, ""),
        ({}, ""),
    ],
)
def test_a_reason_is_one_sentence(why: dict[str, str], text: str) -> None:
    assert words.why_assigned(why) == text


def test_every_way_of_sharing_has_its_words() -> None:
    assert {sharing.value for sharing in Sharing} <= words.WHY_ASSIGNED.keys()
