import pytest

from leads.marketplace.catalogue import DOCUMENTED, Action, Source, Warmth


@pytest.mark.parametrize(
    ("code", "label", "warmth", "contact_allowed"),
    [
        ("PLT", "Contact me", Warmth.ACTIVE, True),
        ("INS", "Get it now", Warmth.ACTIVE, True),
        ("Create", "Created in the Azure portal", Warmth.ACTIVE, True),
        ("StartTestDrive", "Started a test drive", Warmth.ACTIVE, True),
        ("DNC", "Do not contact", Warmth.NONE, False),
    ],
)
def test_documented_actions_have_a_plain_label_and_a_warmth(
    code: str, label: str, warmth: Warmth, contact_allowed: bool
) -> None:
    action = DOCUMENTED.action(code)
    assert action == Action(code, action.label if action else "", warmth, contact_allowed)
    assert str(action.label) == label
    assert len(DOCUMENTED.actions) == 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("azuremarketplace", "AzureMarketplace"),
        ("Azure Marketplace", "AzureMarketplace"),
        ("Azure Portal", "AzurePortal"),
        ("spza", "SPZA"),
        ("Appsource", "SPZA"),
        ("AppSource (SPZA)", "SPZA"),
        ("test drive", "TestDrive"),
    ],
)
def test_sources_are_found_by_code_or_alias_in_any_letter_case(text: str, code: str) -> None:
    source = DOCUMENTED.source(text)
    assert source is not None
    assert source.code == code


def test_unknown_terms_are_not_found() -> None:
    assert DOCUMENTED.source("Microsoft Marketplace") is None
    assert DOCUMENTED.action("FreeTrial") is None
    assert DOCUMENTED.action("") is None


def test_longer_spellings_come_first() -> None:
    lengths = [len(spelling) for spelling, _source in DOCUMENTED.source_spellings]
    assert lengths == sorted(lengths, reverse=True)
    assert DOCUMENTED.source_spellings[0][0] == "azure marketplace"


def test_added_terms_are_found_beside_the_documented_ones_and_the_documented_catalogue_stays() -> None:
    extended = DOCUMENTED.with_terms(
        [Source("Store", "Microsoft Marketplace", ("MS Store",))], [Action("FreeTrial", "Free trial", Warmth.INTEREST)]
    )
    assert extended.source("ms store") == extended.source("STORE") == extended.sources[-1]
    assert extended.action("freetrial") == Action("FreeTrial", "Free trial", Warmth.INTEREST)
    assert len(extended.sources) == 5
    assert len(extended.actions) == 6
    assert DOCUMENTED.source("Store") is None
    assert DOCUMENTED.action("FreeTrial") is None


def test_a_relabelled_source_keeps_code_and_aliases() -> None:
    extended = DOCUMENTED.with_terms([Source("appsource", "Business apps", ("BizApps",))])
    renamed = Source("SPZA", "Business apps", ("AppSource", "AppSource (SPZA)", "BizApps"))
    assert extended.source("SPZA") == extended.source("AppSource (SPZA)") == extended.source("bizapps") == renamed
    assert len(extended.sources) == 4


def test_a_relabelled_action_keeps_its_code_and_its_ban_on_contact() -> None:
    extended = DOCUMENTED.with_terms(actions=[Action("dnc", "Leave alone", Warmth.INTEREST, contact_allowed=True)])
    assert extended.action("DNC") == Action("DNC", "Leave alone", Warmth.INTEREST, contact_allowed=False)
    assert len(extended.actions) == 5


def test_the_publisher_may_forbid_contact_for_a_documented_action() -> None:
    extended = DOCUMENTED.with_terms(actions=[Action("INS", "Bought", Warmth.ACTIVE, contact_allowed=False)])
    assert extended.action("INS") == Action("INS", "Bought", Warmth.ACTIVE, contact_allowed=False)


def test_an_alias_never_hides_the_code_of_another_source() -> None:
    extended = DOCUMENTED.with_terms([Source("Store", "Store", ("TestDrive",))])
    assert extended.source("TestDrive") == DOCUMENTED.source("TestDrive")
