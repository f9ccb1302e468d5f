"""The scripted kinds of destination: one takes single records, the other batches of ten."""

from collections.abc import Iterator

import pytest

from integrations.registry import KINDS, Kind
from leads.models import Destination
from tests.factories import make_destination
from tests.leads.delivery import scripted
from tests.leads.delivery.scripted import FarEnd


@pytest.fixture(autouse=True)
def far_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[FarEnd]:
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
