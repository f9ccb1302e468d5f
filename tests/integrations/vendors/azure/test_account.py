import pytest

from integrations.vendors.azure.account import Account, Service, UnusableConnection
from tests.azurite import KEY

SAS = "sv=2019-02-02&sp=a&sig=ab%2Bc%3D"


@pytest.mark.parametrize(
    ("text", "endpoint", "name", "named"),
    [
        (f"AccountName=acme;AccountKey={KEY}", "https://acme.table.core.windows.net", "acme", ""),
        (
            f"accountname=acme; accountkey={KEY}; endpointsuffix=core.usgovcloudapi.net",
            "https://acme.table.core.usgovcloudapi.net", "acme", "",
        ),
        (
            f"AccountName=acme;AccountKey={KEY};TableEndpoint=https://tables.example.com:8443/;",
            "https://tables.example.com:8443", "acme", "",
        ),
        (f"https://acme.table.core.windows.net/Leads?{SAS}", "https://acme.table.core.windows.net", "acme", "Leads"),
        (f"https://127.0.0.1:10002/acct/Leads?{SAS}", "https://127.0.0.1:10002/acct", "acct", "Leads"),
        (f"http://azurite:10002/acct?{SAS}", "http://azurite:10002/acct", "acct", ""),
        (
            f"TableEndpoint=https://acme.table.core.windows.net/;SharedAccessSignature=?{SAS}",
            "https://acme.table.core.windows.net", "acme", "",
        ),
    ],
)  # fmt: skip
def test_address_and_name_are_found_in_what_was_copied(text: str, endpoint: str, name: str, named: str) -> None:
    account = Account.from_text(text, Service.TABLE)
    assert (account.endpoint, account.name, account.named) == (endpoint, name, named)


def test_key_or_sas_opens_it() -> None:
    by_key = Account.from_text(f"AccountName=acme;AccountKey={KEY}", Service.BLOB)
    assert (by_key.key, by_key.sas, by_key.secrets) == (KEY, None, [KEY])
    by_sas = Account.from_text(f"https://acme.blob.core.windows.net/leads?{SAS}", Service.BLOB)
    assert by_sas.sas
    assert (by_sas.key, by_sas.sas.token, by_sas.secrets) == ("", SAS, ["ab%2Bc%3D", "ab+c="])


def test_neither_is_shown_by_accident() -> None:
    accounts = [
        Account.from_text(f"AccountName=acme;AccountKey={KEY}", Service.TABLE),
        Account.from_text(f"https://acme.table.core.windows.net?{SAS}", Service.TABLE),
    ]
    assert not [account for account in accounts if KEY[:8] in repr(account) or "ab%2Bc" in repr(account)]


@pytest.mark.parametrize(
    ("account", "endpoint"),
    [
        ("acme", "https://acme.table.core.windows.net"),
        ("acme.table.core.chinacloudapi.cn", "https://acme.table.core.chinacloudapi.cn"),
        ("https://acme.table.core.windows.net", "https://acme.table.core.windows.net"),
    ],
)
def test_an_application_names_the_account_or_its_service(account: str, endpoint: str) -> None:
    assert Account.for_entra(account, Service.TABLE).endpoint == endpoint


def test_of_another_service_is_no_address_for_this_one() -> None:
    with pytest.raises(UnusableConnection, match="other_service"):
        Account.for_entra("https://acme.queue.core.windows.net", Service.TABLE)


@pytest.mark.parametrize(
    ("host", "usual"),
    [
        ("acme.table.core.windows.net", True),
        ("acme.blob.core.cloudapi.de", True),
        ("acme.z07.table.storage.azure.net", True),
        ("acme.table.core.windows.net.example.com", False),
        ("acme.table.core.screens.net", False),
        ("table.core.windows.net", False),
        ("a-b.table.core.windows.net", False),
        ("127.0.0.1", False),
    ],
)
def test_hosts_of_azure_are_known(host: str, usual: bool) -> None:
    assert Account(f"https://{host}", "acme").is_usual is usual


@pytest.mark.parametrize("text", ["https://", "https://[", "http:///x", "a=b;c=d", "=;=", ";;;", "sig=1"])
def test_odd_text_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(UnusableConnection) as refused:
        Account.from_text(text, Service.TABLE)
    assert refused.value.problem == "unreadable"
