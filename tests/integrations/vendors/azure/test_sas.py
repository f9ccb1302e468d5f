from datetime import UTC, datetime

import pytest

from integrations.vendors.azure.sas import Sas


def test_a_sas_tells_of_itself() -> None:
    sas = Sas("?sv=2023-11-03&st=2026-11-01&se=2026-12-31T23%3A59%3A00Z&sr=c&sp=rcw&sig=ab%2Fc%3D")
    assert sas.begins_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert sas.ends_at == datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert (sas.allows("w"), sas.allows("a"), sas.is_for_account, sas.is_for_one_blob) == (True, False, False, False)
    assert sas.secrets == ["ab%2Fc%3D", "ab/c%3D", "ab/c="]
    assert "ab%2Fc" not in repr(sas)


def test_what_a_stored_policy_holds_is_not_known() -> None:
    sas = Sas("sv=2023-11-03&si=leads&sr=c&sig=abc")
    assert (sas.rights, sas.allows("w"), sas.ends_at, sas.begins_at) == (None, None, None, None)


@pytest.mark.parametrize(
    ("token", "services", "reaches"),
    [
        ("ss=bt&srt=sco&sp=a&sig=x", {"b", "t"}, True),
        ("ss=b&srt=sc&sp=a&sig=x", {"b"}, False),
        ("sr=c&sp=a&sig=x", {"b", "t", "q", "f"}, True),
    ],
)
def test_an_account_sas_is_for_some_services_and_things(token: str, services: set[str], reaches: bool) -> None:
    assert Sas(token).services == frozenset(services)
    assert Sas(token).reaches_objects is reaches


@pytest.mark.parametrize("end", ["", "soon", "2026-13-01", "99999-01-01"])
def test_an_end_that_cannot_be_read_is_none(end: str) -> None:
    assert Sas(f"se={end}&sig=x").ends_at is None
