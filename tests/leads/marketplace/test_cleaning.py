import math

import pytest

from leads.marketplace.cleaning import MAX_DEPTH, clean_json, clean_line, clean_text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Mina \t", "Mina"),
        ("Mi\x00na\x07", "Mina"),
        ("a\ud800b", "ab"),
        ("\ufeffa\u200bb", "ab"),
        ("\u202egnp.exe", "gnp.exe"),
        ("Cafe\u0301", "Café"),
        ("a\tb", "a b"),
        ("a  b", "a  b"),
        ("\u00a0a\u3000", "a"),
        ("नमस्\u200dते", "नमस्\u200dते"),
    ],
)
def test_texts_lose_what_cannot_be_stored_or_seen(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned
    assert clean_line(text) == cleaned


def test_line_breaks_are_unified_in_texts_and_become_blanks_on_lines() -> None:
    assert clean_text("a\r\nb\rc\u2028d\x85e\n") == "a\nb\nc\nd\ne"
    assert clean_line("a\r\nb\rc\u2028d\x85e\n") == "a b c d e"


def test_a_megabyte_of_accents_is_cleaned_in_no_time() -> None:
    accents = "e" + "\u0301\u0316" * 250_000
    assert clean_text(f"Cafe\u0301 {accents} Cafe\u0301") == f"Café {accents} Café"


def test_json_loses_its_empties_at_every_level() -> None:
    value = {"a": None, "b": " ", "c": [], "d": {"e": [None, {"f": ""}]}, "g": [0, False, "x", None]}
    assert clean_json(value) == {"g": [0, False, "x"]}
    assert clean_json({"a": {"b": [None]}}) is None


def test_json_numbers_stay_unless_no_database_takes_them() -> None:
    value = {"a": 1, "b": 1.5, "c": True, "d": math.nan, "e": math.inf, "f": 10**5000}
    assert clean_json(value) == {"a": 1, "b": 1.5, "c": True, "f": hex(10**5000)}


def test_names_are_cleaned_and_folded_on_request_and_the_first_that_is_not_empty_counts() -> None:
    value = {"Na\x00me ": "", "name": "a", "NAME": "b"}
    assert clean_json(value) == {"name": "a", "NAME": "b"}
    assert clean_json(value, fold_names=True) == {"name": "a"}


def test_values_beyond_the_depth_limit_are_left_out() -> None:
    deep: object = "x"
    for _level in range(MAX_DEPTH + 1):
        deep = [deep]
    assert clean_json(deep) is None
    assert clean_json({"a": deep, "b": 1}) == {"b": 1}
