"""Every message that Microsoft documents, plain and as it really comes: with ids, codes and line breaks in it."""

from time import perf_counter

import pytest

from integrations.diagnosis import CATALOGUE, UNKNOWN, Who, diagnose
from integrations.diagnosis.microsoft_texts import SIGN_IN_CODES, Match, cause_of, sign_in_cause

APP, TENANT = "00001111-aaaa-2222-bbbb-3333cccc4444", "aaaabbbb-0000-cccc-1111-dddd2222eeee"
TRAIL = (
    "\r\nTrace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333\r\nCorrelation ID: aaaa0000-bb11-2222-33cc-444444dddddd\r\n"
    "Timestamp: 2026-11-22 06:00:00Z"
)
SAVE, AAD = (
    "Could not save the lead to Dynamics CRM.",
    "Could not save the lead to Dynamics CRM using AAD. Exception:: ",
)

DOCUMENTED = {
    "E1": (
        f"{SAVE} Check the Dynamics CRM account settings. LastCRMError: Unable to sign in to Dynamics CRM, "
        "LastCRMException:",
        "dynamics365_marketplace_sign_in_failed",
    ),
    "E2": (
        f"{SAVE} User does not have create permissions for the leadsourcecode attribute in the lead entity",
        "dynamics365_lead_source_not_permitted",
    ),
    "E3": (
        f"{AAD}Tenant not found. This instance may happen if there are no active subscriptions for the tenant.",
        "entra_tenant_unknown",
    ),
    "E4": (
        f"{SAVE} LastCRMError: SecLib::RetrievePrivilegeForUser failed - no roles are assigned to user.",
        "dynamics365_no_role",
    ),
    "E5": (f"{AAD}Application with identifier was not found in the directory", "entra_application_unknown"),
    "E6": (
        f"{AAD}Requested tenant identifier is not valid and not valid external domain format",
        "entra_tenant_malformed",
    ),
    "E7": (
        f"{AAD}Error validating credentials.: Invalid client secret is provided.",
        "entra_secret_wrong",
    ),
    "E8": (
        f"{SAVE} LastCRMError: The request channel timed out while waiting for a reply after 00:02:00. Increase the "
        "timeout value passed to the call to Request or increase the SendTimeout value on the Binding. The time "
        "allotted to this operation may have been a portion of a longer timeout.",
        "dynamics365_marketplace_timed_out",
    ),
    "E0": (f"{SAVE} Something that nobody has seen before.", "dynamics365_marketplace_could_not_save"),
}  # fmt: skip

AS_IT_COMES = {
    "E0 newer": ("Couldn't save the lead to Dynamics CRM.\nReason: none", "dynamics365_marketplace_could_not_save"),
    "E0 typographic": ("Couldn’t save the lead to Dynamics CRM", "dynamics365_marketplace_could_not_save"),
    "E1 newer": ("UNABLE TO LOGIN to Dynamics CRM", "dynamics365_marketplace_sign_in_failed"),
    "E1 in lines": (
        f"{SAVE}\r\n\r\nLastCRMError:\r\n\tUnable to\r\n sign in to Dynamics\tCRM",
        "dynamics365_marketplace_sign_in_failed",
    ),
    "E2 with a name": (
        f"{SAVE} User '{APP}' does not have\ncreate permissions for the leadsourcecode\nattribute in the lead entity",
        "dynamics365_lead_source_not_permitted",
    ),
    "E3 live": (
        f"{AAD}AADSTS90002: Tenant '{TENANT}' not found.\r\nThis may happen if there are no active subscriptions for "
        f"the\r\ntenant. Check with your subscription administrator.{TRAIL}",
        "entra_tenant_unknown",
    ),
    "E3 without the code": (f"Exception:: Tenant '{TENANT}'\nnot found.", "entra_tenant_unknown"),
    "E4 in lines": (
        "LastCRMError: SecLib::RetrievePrivilegeForUser\nfailed - no roles are assigned to user. Returned hr = "
        f"-2147209463, User: {APP}",
        "dynamics365_no_role",
    ),
    "E5 live": (
        f"{AAD}AADSTS700016: Application with identifier '{APP}' was not found in the\r\ndirectory 'Contoso'.{TRAIL}",
        "entra_application_unknown",
    ),
    "E5 without the code": (
        f"Application with identifier\n'{APP}'\nwas not found in the directory '{TENANT}'",
        "entra_application_unknown",
    ),
    "E6 live": (
        f"{AAD}AADSTS900023: Specified tenant identifier 'contoso inc' is neither a valid DNS name,\r\nnor a valid "
        f"external domain.{TRAIL}",
        "entra_tenant_malformed",
    ),
    "E6 without the code": (
        "Specified tenant identifier 'x' is neither a\nvalid DNS name, nor a valid external domain.",
        "entra_tenant_malformed",
    ),
    "E7 live": (
        f"{AAD}AADSTS7000215: Invalid client secret provided.\r\nEnsure the secret being sent in the request is the "
        f"client secret value, not the client secret ID, for a secret added to app '{APP}'.{TRAIL}",
        "entra_secret_wrong",
    ),
    "E7 without the code": ("validating credentials.:\nInvalid client\nsecret is provided", "entra_secret_wrong"),
    "E7 expired": (
        f"{AAD}AADSTS7000222: The provided client secret keys for app '{APP}' are expired.{TRAIL}",
        "entra_secret_expired",
    ),
    "E8 in lines": (
        "The request channel timed out while\r\nwaiting for a reply after 00:01:59.9",
        "dynamics365_marketplace_timed_out",
    ),
    "E1 around E7": (
        f"{SAVE} LastCRMError: Unable to sign in to Dynamics CRM, LastCRMException: AADSTS7000215: Invalid client "
        "secret is provided.",
        "entra_secret_wrong",
    ),
    "E1 around E8": (
        "Unable to sign in to Dynamics CRM, LastCRMException: The request channel timed out while waiting for a reply",
        "dynamics365_marketplace_timed_out",
    ),
    "E1 around a code nobody knows": (
        "Unable to sign in to Dynamics CRM, LastCRMException: AADSTS999123: New.",
        "entra_sign_in_refused",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_message_has_its_cause(name: str) -> None:
    text, cause = DOCUMENTED[name]
    assert cause_of(text) == Match(cause, {})


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_message_is_found_in_lines_and_in_other_letters(name: str) -> None:
    text, cause = DOCUMENTED[name]
    wrapped = f"<p>Your lead:\r\n\r\n  {text.replace(' ', ' \r\n  ')}\r\n</p>"
    for variant in (wrapped, wrapped.lower(), wrapped.upper()):
        found = cause_of(variant)
        assert found is not None
        assert found.cause == cause


@pytest.mark.parametrize("name", AS_IT_COMES)
def test_messages_as_they_come_have_the_same_causes(name: str) -> None:
    text, cause = AS_IT_COMES[name]
    found = cause_of(text)
    assert found is not None
    assert found.cause == cause


CODES = [
    (90002, "entra_tenant_unknown"),
    (900023, "entra_tenant_malformed"),
    (700016, "entra_application_unknown"),
    (7000215, "entra_secret_wrong"),
    (50012, "entra_secret_wrong"),
    (7000222, "entra_secret_expired"),
    (50076, "entra_second_factor_asked"),
    (50079, "entra_second_factor_asked"),
    (50055, "entra_password_expired"),
    (50126, "entra_user_or_password_wrong"),
    (500011, "dynamics365_environment_unknown"),
    (70011, "dynamics365_scope_refused"),
    (1002012, "dynamics365_scope_refused"),
    (7000112, "entra_application_disabled"),
    (700027, "entra_certificate_refused"),
    (700024, "entra_clock_wrong"),
    (53000, "entra_policy_blocks"),
    (53003, "entra_policy_blocks"),
    (53999, "entra_policy_blocks"),
]


@pytest.mark.parametrize(("code", "cause"), CODES)
def test_a_code_of_entra_id_is_enough(code: int, cause: str) -> None:
    text = f"Exception::\nAADSTS{code}:\nsomething new.{TRAIL}"
    assert cause_of(text) == Match(cause, {"code": f"AADSTS{code}"})
    assert sign_in_cause(code) == cause


def test_all_codes_are_tried() -> None:
    assert set(SIGN_IN_CODES) <= {code for code, _cause in CODES}


def test_the_first_code_that_is_known_counts() -> None:
    text = "AADSTS90000: unknown. Inner: AADSTS7000222: expired"
    assert cause_of(text) == Match("entra_secret_expired", {"code": "AADSTS7000222"})


def test_a_code_nobody_knows_is_named() -> None:
    assert cause_of("AADSTS123456: no idea") == Match("entra_sign_in_refused", {"code": "AADSTS123456"})
    assert sign_in_cause(123456) == ""


def test_a_missing_privilege_is_named() -> None:
    text = (
        f"Principal user (Id={APP}, type=8, roleCount=1)\nis missing prvCreateLead privilege (Id={TENANT}) on OTC=4 "
        "for entity 'lead'."
    )
    assert cause_of(text) == Match("dynamics365_privilege_missing", {"privilege": "prvCreateLead"})
    assert str(diagnose(*cause_of(text) or ("", {})).meaning) == (
        "The application user's role lacks the privilege prvCreateLead."
    )


def test_reading_system_jobs_has_a_remedy_of_its_own() -> None:
    found = cause_of(f"{SAVE} LastCRMError: missing\nprvReadAsyncOperation privilege")
    assert found == Match("dynamics365_system_jobs_not_readable", {})


@pytest.mark.parametrize("text", ["", " \n", "All is well.", "prv", "Tenants are found", "AADSTS", "AADSTS12"])
def test_a_text_nobody_knows_has_no_cause(text: str) -> None:
    assert cause_of(text) is None


def test_every_cause_has_words() -> None:
    texts = [cause for _text, cause in (*DOCUMENTED.values(), *AS_IT_COMES.values())]
    for cause in {*texts, *SIGN_IN_CODES.values(), "entra_policy_blocks"}:
        assert diagnose(cause) is not UNKNOWN
        assert len(cause) <= 60


@pytest.mark.parametrize(
    ("cause", "who"),
    [
        ("salesforce_nothing_arrives", Who.PUBLISHER),
        ("azure_blob_withdrawn", Who.PUBLISHER),
        ("marketplace_mail_without_lead", Who.PUBLISHER),
        ("marketplace_offer_not_published_again", Who.PUBLISHER),
        ("marketplace_fields_empty", Who.RECEIVER),
    ],
)
def test_signs_without_a_text_are_described_as_well(cause: str, who: Who) -> None:
    assert CATALOGUE[cause].who is who


def test_a_hostile_text_is_read_quickly() -> None:
    texts = [
        "Application with identifier " * 20_000,
        "Tenant " * 50_000,
        "tenant identifier " * 30_000,
        "AADSTS" * 60_000,
    ]
    began = perf_counter()
    assert [cause_of(text) for text in texts] == [None] * 4
    assert perf_counter() - began < 3
