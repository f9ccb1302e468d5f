import pytest

from leads.marketplace.catalogue import DOCUMENTED, Action, Source, Warmth
from leads.marketplace.lead_source import Quality, parse_lead_source

# lead source [+ action code] => source ; action ; publisher ; offer ; quality. "-" is empty, quotes mark offer text.
EXAMPLES = """
AzureMarketplace-INS|checkpoint.check-point-r77-10sg-byol => AzureMarketplace ; INS ; checkpoint ; check-point-r77-10sg-byol ; exact
SPZA-PLT | bitnami.openedxcypress           => SPZA ; PLT ; bitnami ; openedxcypress ; exact
AppSource (SPZA)-DNC|contoso.app            => SPZA ; DNC ; contoso ; app ; exact
AzurePortal-Create|docusign.3701c77e-1cfa-4c56-91e6-3ed0b622145a => AzurePortal ; Create ; docusign ; 3701c77e-1cfa-4c56-91e6-3ed0b622145a ; exact
TestDrive-StartTestDrive|contoso.erp-trial  => TestDrive ; StartTestDrive ; contoso ; erp-trial ; exact
AzureMarketplace   + INS                    => AzureMarketplace ; INS ; - ; - ; exact
azuremarketplace-ins|contoso.x              => AzureMarketplace ; INS ; contoso ; x ; exact
SPZA-INS|PUBID.contoso|AID.erp|PAPPID.0001  => SPZA ; INS ; contoso ; erp ; exact
SPZA-Get-It-Now|contoso.x                   => SPZA ; Get-It-Now ; contoso ; x ; unknown-action
Microsoft-Store-PLT|contoso.x               => Microsoft-Store ; PLT ; contoso ; x ; unknown-source
Foo-Bar-Baz|contoso.x                       => Foo ; Bar-Baz ; contoso ; x ; guessed
Manual check from our flow                  => Manual check from our flow ; - ; - ; - ; unknown
SPZA-INS|Contoso 2.0 Suite                  => SPZA ; INS ; - ; "Contoso 2.0 Suite" ; exact
SPZA-PLT|contoso.x   + DNC                  => SPZA ; DNC ; contoso ; x ; exact
SPZA-PLT|contoso.x|y                        => SPZA ; PLT ; contoso ; x|y ; exact
MSFT_TEST_1-MSFT_TEST_1|Contoso Firewall    => MSFT_TEST_1 ; MSFT_TEST_1 ; - ; "Contoso Firewall" ; test
MSFT_TEST_1 MSFT_TEST_1 | Contoso Firewall  => MSFT_TEST_1 ; MSFT_TEST_1 ; - ; "Contoso Firewall" ; test
                                            => - ; - ; - ; - ; empty
""".strip("\n").splitlines()  # noqa: E501

FURTHER = """
SPZA                                        => SPZA ; - ; - ; - ; exact
SPZA-                                       => SPZA ; - ; - ; - ; exact
SPZA - PLT | contoso.x                      => SPZA ; PLT ; contoso ; x ; exact
Azure Marketplace-INS|contoso.x             => AzureMarketplace ; INS ; contoso ; x ; exact
azure portal-create|contoso.x               => AzurePortal ; Create ; contoso ; x ; exact
Appsource-Contact me|contoso.x              => SPZA ; Contact me ; contoso ; x ; unknown-action
Microsoft Store - plt|contoso.x             => Microsoft Store ; PLT ; contoso ; x ; unknown-source
SPZAX-PLT|contoso.x                         => SPZAX ; PLT ; contoso ; x ; unknown-source
DNC|contoso.x                               => - ; DNC ; contoso ; x ; unknown-source
Foo bar-baz|contoso.x                       => Foo bar-baz ; - ; contoso ; x ; unknown
-|contoso.x                                 => - ; - ; contoso ; x ; unknown
|contoso.x                                  => - ; - ; contoso ; x ; unknown
+ INS                                       => - ; INS ; - ; - ; empty
+ ins                                       => - ; INS ; - ; - ; empty
SPZA + FreeTrial                            => SPZA ; FreeTrial ; - ; - ; unknown-action
SPZA-Get-It-Now + INS                       => SPZA ; INS ; - ; - ; unknown-action
SPZA-DNC|contoso.x + PLT                    => SPZA ; DNC ; contoso ; x ; exact
SPZA-DNC|contoso.x + dnc                    => SPZA ; DNC ; contoso ; x ; exact
SPZA-INS|pubid.contoso|aid.erp.2            => SPZA ; INS ; contoso ; erp.2 ; exact
SPZA-INS|PUBID.contoso                      => SPZA ; INS ; PUBID ; contoso ; exact
SPZA-INS|.x                                 => SPZA ; INS ; - ; ".x" ; exact
SPZA-INS|x.                                 => SPZA ; INS ; - ; "x." ; exact
SPZA-INS|plain                              => SPZA ; INS ; - ; "plain" ; exact
SPZA-INS|contoso.x.y-z                      => SPZA ; INS ; contoso ; x.y-z ; exact
msft_test_1-MSFT_TEST_1 + MSFT_TEST_1       => msft_test_1 ; MSFT_TEST_1 ; - ; - ; test
MSFT_TEST_1                                 => MSFT_TEST_1 ; - ; - ; - ; unknown
MSFT_TEST_1 MSFT_TEST_2                     => MSFT_TEST_1 MSFT_TEST_2 ; - ; - ; - ; unknown
""".strip("\n").splitlines()


@pytest.mark.parametrize("example", EXAMPLES + FURTHER)
def test_a_lead_source_is_read_as_in_the_worked_example(example: str) -> None:
    given, expected = example.split("=>")
    text, _plus, action_code = given.rpartition("+") if "+" in given else (given, "", "")
    read = parse_lead_source(text.strip(), action_code.strip())
    offer = f'"{read.offer_text}"' if read.offer_text else read.offer_id
    parts = [read.source, read.action, read.publisher_id, offer, read.quality.value]
    assert [part or "-" for part in parts] == [part.strip() for part in expected.split(" ; ")]
    assert read.original == text.strip()


def test_all_worked_examples_are_here() -> None:
    assert len(EXAMPLES) == 18


@pytest.mark.parametrize(
    ("text", "action_code", "action", "other_action"),
    [
        ("SPZA-PLT", "DNC", "DNC", "PLT"),
        ("SPZA-DNC", "PLT", "DNC", "PLT"),
        ("SPZA-PLT", "INS", "INS", "PLT"),
        ("SPZA-Odd", "odd", "odd", ""),
        ("SPZA-plt", "PLT", "PLT", ""),
        ("SPZA-PLT", "", "PLT", ""),
        ("SPZA", "PLT", "PLT", ""),
        ("SPZA-PLT", "  ", "PLT", ""),
    ],
)
def test_the_action_code_wins_unless_the_text_forbids_contact(
    text: str, action_code: str, action: str, other_action: str
) -> None:
    read = parse_lead_source(text, action_code)
    assert (read.action, read.other_action) == (action, other_action)


def test_any_action_that_forbids_contact_wins() -> None:
    catalogue = DOCUMENTED.with_terms(actions=[Action("OptOut", "Opted out", Warmth.NONE, contact_allowed=False)])
    assert parse_lead_source("SPZA-optout", "INS", catalogue).action == "OptOut"
    assert parse_lead_source("SPZA-INS", "OPTOUT", catalogue).action == "OptOut"
    assert parse_lead_source("SPZA-optout", "DNC", catalogue).action == "DNC"


def test_a_title_for_the_offer_is_kept_as_text_and_ids_are_not_repeated_there() -> None:
    assert parse_lead_source("SPZA-INS|contoso.x").offer_text == ""
    assert parse_lead_source("SPZA-INS|contoso.x").offer_part == "contoso.x"
    assert parse_lead_source("SPZA-INS| Contoso 2.0 ").offer_text == "Contoso 2.0"


def test_added_sources_and_actions_are_recognised_longest_first() -> None:
    catalogue = DOCUMENTED.with_terms(
        [Source("Microsoft", "Microsoft"), Source("Microsoft-Store", "Store")],
        [Action("Trial", "Trial", Warmth.INTEREST), Action("Free-Trial", "Free trial", Warmth.INTEREST)],
    )
    known = parse_lead_source("microsoft-store-free-trial|contoso.x", catalogue=catalogue)
    assert (known.source, known.action, known.quality) == ("Microsoft-Store", "Free-Trial", Quality.EXACT)
    foreign = parse_lead_source("Bing-Free-Trial", catalogue=catalogue)
    assert (foreign.source, foreign.action, foreign.quality) == ("Bing", "Free-Trial", Quality.UNKNOWN_SOURCE)


def test_a_very_long_text_is_read_in_no_time() -> None:
    assert parse_lead_source("a" + "-" * 1_000_000).quality is Quality.GUESSED
    assert parse_lead_source("MSFT_TEST" + " " * 1_000_000 + "|").source == "MSFT_TEST"
    assert parse_lead_source("SPZA-INS|" + "PUBID." * 200_000).publisher_id == "PUBID"
