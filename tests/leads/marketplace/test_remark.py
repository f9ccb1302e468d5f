import re
from pathlib import Path

import pytest
from django.utils.translation import override

import leads
from leads.marketplace import body, remark
from leads.marketplace.remark import Remark

USED_CODES = {
    code
    for source in Path(leads.__path__[0]).rglob("*.py")
    for code in re.findall(r"[Rr]emark\(\s*\"(\w+)\"", source.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize(
    ("code", "params", "sentence"),
    [
        (
            "not_json",
            {"reason": "comma_missing", "line": 14, "column": 3, "position": 412},
            "The body is not valid JSON: at line 14, column 3, a comma is missing before this place. "
            "Correct it and send it again.",
        ),
        (
            "not_json",
            {"reason": "syntax", "line": 1, "column": 2, "position": 1},
            "The body is not valid JSON: at line 1, column 2, this is not JSON. Correct it and send it again.",
        ),
        ("action_conflict", {"used": "DNC", "other": "PLT"}, "Two actions were given, DNC and PLT. DNC counts."),
        (
            "shortened",
            {"field": "Description", "length": 10_001, "limit": 10_000},
            "The field Description has 10001 characters. The first 10000 are shown; the request keeps all of them.",
        ),
    ],
)
def test_a_remark_becomes_a_sentence(code: str, params: dict[str, str | int], sentence: str) -> None:
    with override("en"):
        assert Remark(code, params).sentence == sentence


def test_every_code_in_use_has_a_sentence_and_every_sentence_a_use() -> None:
    assert set(remark._SENTENCES) == USED_CODES


def test_every_reason_in_use_has_words() -> None:
    assert set(remark._SYNTAX_REASONS) == {*body._REASONS.values(), "syntax"}


def test_a_code_of_another_release_is_shown_as_it_is() -> None:
    assert Remark("from_the_future", {"field": "x"}).sentence == "from_the_future"
