"""Cut to a length without tearing what people see as one character."""

import pytest

from integrations.mapping.cutting import cut_bytes, cut_utf16, utf16_length


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("short", 5, "short"),
        ("too long", 5, "too l"),
        ("two words", 4, "two"),
        ("김민아입니다", 3, "김민아"),
        ("ab😀cd", 4, "ab😀"),
        ("ab😀cd", 3, "ab"),
        ("abe\u0301", 3, "ab"),
        ("abe\u0301x", 4, "abe\u0301"),
        ("a👩\u200d👩\u200d👧b", 5, "a"),
        ("a👩\u200d👩\u200d👧b", 9, "a👩\u200d👩\u200d👧"),
        ("👍🏽", 2, ""),
        ("anything", 0, ""),
    ],
)
def test_utf16(text: str, limit: int, kept: str) -> None:
    assert cut_utf16(text, limit) == kept
    assert utf16_length(kept) <= limit


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [("Zoë", 4, "Zoë"), ("Zoë", 3, "Zo"), ("김민아", 7, "김민"), ("😀😀", 7, "😀"), ("", 0, "")],
)
def test_bytes(text: str, limit: int, kept: str) -> None:
    assert cut_bytes(text, limit) == kept
    assert len(kept.encode()) <= limit
