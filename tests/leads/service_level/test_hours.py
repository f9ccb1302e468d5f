"""Working hours as people write them; what cannot be read is named."""

import pytest

from leads.service_level.hours import BadHours, hours_in_words, read_days, read_hours


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("09:00-17:30", [["09:00", "17:30"]]),
        ("9:00 - 12:30,13:30–18:00", [["09:00", "12:30"], ["13:30", "18:00"]]),
        ("00:00-24:00", [["00:00", "24:00"]]),
        ("08:00-12:00, 12:00-16:00,", [["08:00", "12:00"], ["12:00", "16:00"]]),
    ],
)
def test_hours_are_read_and_written_again(text: str, spans: list[list[str]]) -> None:
    assert read_hours(text) == spans
    assert read_hours(hours_in_words(spans)) == spans


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("9-17", "“9-17” is no span of time. Write for example 09:00-17:30."),
        ("all day", "“all day” is no span of time. Write for example 09:00-17:30."),
        ("09:00-24:01", "“09:00-24:01” is no time of day. A day goes from 00:00 to 24:00."),
        ("09:60-17:00", "“09:60-17:00” is no time of day. A day goes from 00:00 to 24:00."),
        ("22:00-06:00", "“22:00-06:00” ends before it begins. Write what comes after midnight on the next day."),
        ("09:00-09:00", "“09:00-09:00” ends before it begins. Write what comes after midnight on the next day."),
        (
            "13:00-18:00, 09:00-12:00",
            "09:00 comes before 18:00. Write the hours of a day in their order, without overlaps.",
        ),
        (
            "09:00-13:00, 12:30-18:00",
            "12:30 comes before 13:00. Write the hours of a day in their order, without overlaps.",
        ),
    ],
)
def test_what_cannot_be_read_is_named_with_the_remedy(text: str, what: str) -> None:
    with pytest.raises(BadHours) as refused:
        read_hours(text)
    assert str(refused.value) == what


def test_days_are_read_one_a_line_in_their_order() -> None:
    assert read_days("2026-12-26\n\n 2026-12-25 \n2026-12-25") == ["2026-12-25", "2026-12-26"]
    with pytest.raises(BadHours) as refused:
        read_days("2026-12-25\n25.12.2026")
    assert str(refused.value) == "“25.12.2026” is no date. Write for example 2026-12-25."
