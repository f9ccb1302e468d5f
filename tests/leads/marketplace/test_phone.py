import pytest

from leads.marketplace.phone import phone_e164


@pytest.mark.parametrize(
    ("text", "country_code", "number"),
    [
        ("16175555555", "US", "+16175555555"),
        ("(425) 555-0100", "US", "+14255550100"),
        ("821055501234", "KR", "+821055501234"),
        ("010-5550-1234", "KR", "+821055501234"),
        ("0312345678", "JP", "+81312345678"),
        ("+49 30 901820", "", "+4930901820"),
        ("+49 30 901820", "US", "+4930901820"),
        ("+1 425 555 0100 ext. 12", "", "+14255550100"),
    ],
)
def test_valid_numbers_are_normalised(text: str, country_code: str, number: str) -> None:
    assert phone_e164(text, country_code) == number


@pytest.mark.parametrize(
    ("text", "country_code"),
    [
        ("1234567890", "US"),
        ("16175555555", ""),
        ("0312345678", ""),
        ("ask my assistant", "US"),
        ("", "US"),
        ("+", ""),
        ("0" * 10_000, "KR"),
        ("12", "XX"),
    ],
)
def test_what_is_not_certainly_a_number_is_left_open(text: str, country_code: str) -> None:
    assert phone_e164(text, country_code) == ""
