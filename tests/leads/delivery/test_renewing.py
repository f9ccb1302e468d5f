"""New credentials are tried by a worker, and kept only if nothing fails."""

import pytest
from django.test import override_settings

from integrations.registry import KINDS
from leads.delivery import gate, proving, renewing
from leads.models import Destination, DestinationGate, Proof
from leads.states import ProofKind
from tests.leads.delivery.asked import check_of, work_off
from tests.leads.delivery.keyed import FITS, KIND, OLD, REFUSED, make_keyed

RENEWAL = ProofKind.RENEWAL
OTHER_KEYS = ["enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="]


@pytest.fixture
def keyed(db: None, monkeypatch: pytest.MonkeyPatch) -> Destination:
    monkeypatch.setitem(KINDS, "keyed", KIND)
    return make_keyed()


def ask(destination: Destination, key: str, **settings: str | None) -> bool:
    return proving.ask(destination.pk, RENEWAL, renewal=renewing.sealed({"key": key}, settings))


def renewal() -> Proof:
    return Proof.objects.get(kind=RENEWAL)


def test_a_key_that_fits_is_kept_and_the_destination_goes_on(keyed: Destination) -> None:
    gate.pause_by_machine(keyed.pk, REFUSED)
    assert ask(keyed, FITS, key_ends_on=None)
    assert Destination.objects.get().read_secrets() == {"key": OLD}
    assert work_off() == [keyed.pk]
    kept = Destination.objects.get()
    assert kept.read_secrets() == {"key": FITS}
    assert kept.settings == {"address": "here", "has_door": False, "key_ends_on": None}
    assert DestinationGate.objects.get().paused_at is None
    assert (renewal().has_failed, renewal().encrypted_renewal) == (False, "")
    assert check_of(keyed).steps == renewal().steps


def test_a_key_that_does_not_fit_changes_nothing(keyed: Destination) -> None:
    gate.pause_by_machine(keyed.pk, REFUSED)
    before = Destination.objects.values().get()
    ask(keyed, "wrong", key_ends_on="2027-01-31")
    work_off()
    assert Destination.objects.values().get() == before
    assert DestinationGate.objects.get().paused_at is not None
    assert (renewal().has_failed, renewal().encrypted_renewal) == (True, "")
    assert not Proof.objects.filter(kind=ProofKind.CHECK).exists()


def test_what_was_changed_meanwhile_stays_changed(keyed: Destination) -> None:
    ask(keyed, FITS)
    keyed.settings |= {"address": "elsewhere"}
    keyed.write_secrets({"key": OLD, "door_key": "kept"})
    keyed.save()
    work_off()
    kept = Destination.objects.get()
    assert (kept.settings["address"], kept.read_secrets()) == ("elsewhere", {"key": FITS, "door_key": "kept"})


def test_while_one_is_tried_no_other_takes_its_place(keyed: Destination) -> None:
    assert ask(keyed, FITS) is True
    assert ask(keyed, "another") is False
    work_off()
    assert Destination.objects.get().read_secrets() == {"key": FITS}


def test_no_key_lies_in_the_database_as_it_is(keyed: Destination) -> None:
    ask(keyed, FITS)
    assert FITS not in renewal().encrypted_renewal
    assert renewal().encrypted_renewal


def test_what_nobody_can_open_any_more_is_a_failed_step(keyed: Destination) -> None:
    ask(keyed, FITS)
    with override_settings(LEADCRM_FIELD_KEYS=OTHER_KEYS):
        work_off()
    assert renewal().has_failed
    assert Destination.objects.get().read_secrets() == {"key": OLD}


def test_a_destination_whose_secrets_nobody_can_open_gets_new_ones(keyed: Destination) -> None:
    with override_settings(LEADCRM_FIELD_KEYS=OTHER_KEYS):
        ask(keyed, FITS)
        work_off()
        assert Destination.objects.get().read_secrets() == {"key": FITS}
