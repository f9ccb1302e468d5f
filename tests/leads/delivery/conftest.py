"""The scripted kinds of destination: one takes single records, the other batches of ten."""

import pytest
from django.db.models.functions import Now

from integrations.registry import KINDS, Kind
from leads.models import Destination, DestinationGate
from tests.factories import make_destination
from tests.leads.delivery import scripted
from tests.leads.delivery.scripted import FarEnd


@pytest.fixture(autouse=True)
def far_end(monkeypatch: pytest.MonkeyPatch) -> FarEnd:
    monkeypatch.setitem(KINDS, "scripted", Kind("Scripted", f"{scripted.__name__}.ScriptedConnector"))
    monkeypatch.setitem(KINDS, "scripted_batch", Kind("Scripted batch", f"{scripted.__name__}.BatchConnector"))
    scripted.far_end = FarEnd()
    return scripted.far_end


@pytest.fixture
def destination(db: None) -> Destination:
    """Takes single records and recognises repeats."""
    return make_destination("scripted")


@pytest.fixture
def forgetful(db: None) -> Destination:
    """Makes a second record of a repeat."""
    return make_destination("scripted", settings={"recognises_repeats": False})


@pytest.fixture
def searched(db: None) -> Destination:
    """Makes a second record of a repeat, and shows after five minutes what it has."""
    return make_destination("scripted", settings={"recognises_repeats": False, "findable_after": 300})


@pytest.fixture
def healthy(destination: Destination) -> Destination:
    """Its last answer was a yes."""
    DestinationGate.objects.update(last_success_at=Now())
    return destination
