from datetime import UTC, datetime

import pytest

from leads.marketplace import testlead


@pytest.mark.parametrize("text", ["MSFT_TEST_636573304831318844", "msft_test_1", "MSFT_TEST", "MSFT_TEST_1@test.com"])
def test_any_text_that_starts_with_the_token_marks_a_test_lead(text: str) -> None:
    assert testlead.is_test_lead(["", "Mina", text])


@pytest.mark.parametrize("text", ["", "mina@test.com", "not MSFT_TEST_1", "1234567890", "MSFT TEST"])
def test_other_texts_do_not(text: str) -> None:
    assert not testlead.is_test_lead([text])


def test_the_documented_token_names_the_moment_of_the_test() -> None:
    moment = datetime(2018, 3, 22, 15, 48, 3, 131884, tzinfo=UTC)
    assert testlead.tested_at(["", "MSFT_TEST_636573304831318844@test.com"]) == moment


@pytest.mark.parametrize(
    "text",
    [
        "MSFT_TEST",
        "MSFT_TEST_1",
        "MSFT_TEST_999999999999999999",
        "MSFT_TEST_000000000000000001",
        "MSFT_TEST_6365733048313188441",
        "636573304831318844",
    ],
)
def test_an_implausible_number_names_no_moment(text: str) -> None:
    assert testlead.tested_at([text]) is None
