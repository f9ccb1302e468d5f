"""One row: what would have been posted, and what is wrong with it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from leads.importing.columns import Column, key_of, names_somebody, suggested
from leads.importing.rows import Closing, Moment, Problem, Row, as_posted, read_moment, read_row
from leads.states import CloseReason, Stage
from tests.leads.importing.files import CONTACT, PARTNER_CENTER, row

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEADERS = (*PARTNER_CENTER, *CONTACT)


def read(cells: dict[str, str], headers: tuple[str, ...] = HEADERS) -> Row:
    columns = [column.value for column in suggested(headers)]
    return read_row(2, [cells.get(name, "") for name in headers], headers, columns, day_first=False, now=NOW)


def test_every_header_of_partner_center_is_known() -> None:
    assert dict(zip(PARTNER_CENTER, suggested(PARTNER_CENTER), strict=True)) == {
        "Referral ID": Column.REFERRAL_ID,
        "Creation Date": Column.CREATED,
        "Updated Date": Column.KEEP,
        "PartnerID": Column.KEEP,
        "Customer Country": Column.COUNTRY,
        "Customer City": Column.KEEP,
        "Customer Name": Column.COMPANY,
        "Lead Type": Column.KEEP,
        "Lead Source": Column.SOURCE,
        "Call to action": Column.ACTION,
        "Referral program": Column.KEEP,
        "Business profile ID": Column.KEEP,
        "Offer ID": Column.OFFER_ID,
        "Offer name": Column.OFFER_TITLE,
        "Lead currency": Column.KEEP,
        "Lead value": Column.KEEP,
        "Lead value (USD)": Column.KEEP,
        "Status": Column.STATUS,
        "Status Reason": Column.STATUS_REASON,
    }


def test_headers_are_known_whatever_their_case_and_signs() -> None:
    assert suggested(["e-mail", "EMAIL ADDRESS", "phone_number", "Shoe size"]) == [
        *(Column.EMAIL, Column.KEEP, Column.PHONE, Column.KEEP)  # the second address stays beside the lead
    ]
    assert not names_somebody(suggested(["Offer ID", "Shoe size"]))
    assert key_of(["E-mail", "Phone"]) == key_of(["email", "PHONE"]) != key_of(["Phone", "E-mail"])


def test_a_row_becomes_what_the_webhook_would_have_got() -> None:
    posted = json.loads(as_posted(read(row(Customer_City="Seoul", Title="CTO", Phone="+82 2 1")), {}))
    assert posted == {
        "UserDetails": {
            "FirstName": "Mina",
            "LastName": "Park",
            "Email": "mina@fabrikam.example",
            "Phone": "+82 2 1",
            "Country": "Korea",
            "Company": "Fabrikam",
            "Title": "CTO",
        },
        "LeadSource": "Azure Marketplace|contoso.firewall",
        "ActionCode": "PLT",
        "OfferTitle": "Contoso Firewall",
        "Import.Referral ID": "r-1",
        "Import.Status": "New",
        "Import.Creation Date": "2026-03-01T09:30:00Z",
        "Import.Customer City": "Seoul",
        "Import.Lead Type": "Marketplace",
    }


@pytest.mark.parametrize(
    ("said", "code"),
    [("Contact me", "PLT"), ("get it now", "INS"), ("Test drive", "StartTestDrive"), ("DNC", "DNC"), ("Fly", "Fly")],
)
def test_calls_to_action_become_codes_and_unknown_ones_stay(said: str, code: str) -> None:
    assert json.loads(as_posted(read(row(Call_to_action=said)), {}))["ActionCode"] == code


def test_an_offer_id_alone_gets_the_publisher_that_is_known_for_it() -> None:
    posted = as_posted(read(row(Offer_ID="Firewall")), {"firewall": "contoso"})
    assert json.loads(posted)["LeadSource"] == "Azure Marketplace|contoso.Firewall"


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"E_mail": "mina"}, Problem("E-mail", "no_address")),
        ({"E_mail": "mina@@x.example"}, Problem("E-mail", "no_address")),
        ({"Creation_Date": "yesterday"}, Problem("Creation Date", "no_date")),
        ({"Creation_Date": "13/13/2026"}, Problem("Creation Date", "no_date")),
        ({"Creation_Date": "2026-02-30"}, Problem("Creation Date", "no_date")),
        ({"Creation_Date": "2026-03-09"}, Problem("Creation Date", "in_future")),
        ({"Referral_ID": "x" * 201}, Problem("Referral ID", "id_too_long", {"limit": 200})),
        (
            {"First_name": "", "Last_name": "", "E_mail": "", "Customer_Name": " "},
            Problem("", "nobody"),
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_column(cells: dict[str, str], problem: Problem) -> None:
    assert list(read(row(**cells)).problems) == [problem]


def test_a_row_with_more_cells_than_headers_is_wrong_unless_they_are_empty() -> None:
    columns = ["full_name", "keep"]
    given: dict[str, Any] = {"headers": ["Name", "X"], "columns": columns, "day_first": False, "now": NOW}
    assert read_row(2, ["Mina", "1", "", ""], **given).problems == []
    assert read_row(2, ["Mina"], **given).problems == []
    assert read_row(2, ["Mina", "1", "2"], **given).problems == [
        Problem("", "too_many_cells", {"count": 3, "limit": 2})
    ]


@pytest.mark.parametrize(
    ("text", "day_first", "moment"),
    [
        ("2026-03-01", False, Moment(datetime(2026, 3, 1, tzinfo=UTC), True)),
        ("2026-03-01 09:30", False, Moment(datetime(2026, 3, 1, 9, 30, tzinfo=UTC), False)),
        ("2026-03-01T09:30:00Z", False, Moment(datetime(2026, 3, 1, 9, 30, tzinfo=UTC), False)),
        ("2026-03-01T18:30:00+09:00", False, Moment(datetime(2026, 3, 1, 9, 30, tzinfo=UTC), False)),
        ("3/4/2026", False, Moment(datetime(2026, 3, 4, tzinfo=UTC), True)),
        ("3/4/2026", True, Moment(datetime(2026, 4, 3, tzinfo=UTC), True)),
        ("3/1/2026 12:05:00 AM", False, Moment(datetime(2026, 3, 1, 0, 5, tzinfo=UTC), False)),
        ("3/1/2026 1:05 PM", False, Moment(datetime(2026, 3, 1, 13, 5, tzinfo=UTC), False)),
        ("01.03.2026 09:30", False, Moment(datetime(2026, 3, 1, 9, 30, tzinfo=UTC), False)),
    ],
)
def test_dates_are_read_as_programs_write_them(text: str, day_first: bool, moment: Moment) -> None:
    assert read_moment(text, day_first=day_first) == moment


@pytest.mark.parametrize("text", ["", "3/4", "99/99/2026", "1/1/2026 13:00 PM", "0001-01-01T00:00+14:00", "٣/٤/٢٠٢٦x"])
def test_what_is_no_date_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_moment(text, day_first=False)


@pytest.mark.parametrize(
    ("status", "reason", "closing"),
    [
        ("New", "", None),
        ("Active", "Engaged", None),
        ("Active", "Won", None),
        ("Won", "", Closing(Stage.WON, None)),
        ("Closed", "Won", Closing(Stage.WON, None)),
        ("Closed", "Lost", Closing(Stage.LOST, CloseReason.OTHER)),
        ("Closed", "", Closing(Stage.DISCARDED, CloseReason.OTHER)),
        ("Expired", "", Closing(Stage.DISCARDED, CloseReason.OTHER)),
    ],
)
def test_a_sale_that_is_over_is_seen_from_its_status(status: str, reason: str, closing: Closing | None) -> None:
    assert read(row(Status=status, Status_Reason=reason)).closing == closing


def test_rows_of_one_referral_are_the_same_and_without_an_id_those_of_the_same_content() -> None:
    assert read(row()).key == read(row(Status="Closed")).key != read(row(Referral_ID="r-2")).key
    nameless = row(Referral_ID="")
    assert read(nameless).key == read(nameless | {"Customer City": "Seoul "}).key
    assert read(nameless).key != read(nameless | {"Customer City": "Busan"}).key
