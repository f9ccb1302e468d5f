import pytest

from leads.marketplace.description import read_description


@pytest.mark.parametrize(
    ("description", "note", "campaign_ids"),
    [
        ("", "", ()),
        ("Need a quote", "Need a quote", ()),
        ("Campaigns:", "", ()),
        ("Campaigns: ", "", ()),
        ("Campaigns: A1", "", ("A1",)),
        ("campaigns:A1, B 2;C3;", "", ("A1", "B 2", "C3")),
        ("Campaigns: A1\nPlease call", "Please call", ("A1",)),
        ("Our Campaigns: none", "Our Campaigns: none", ()),
        ("Campaigns are fun", "Campaigns are fun", ()),
    ],
)
def test_campaigns_and_the_customer_s_note_are_told_apart(
    description: str, note: str, campaign_ids: tuple[str, ...]
) -> None:
    assert read_description(description) == (note, campaign_ids)
