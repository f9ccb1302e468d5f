"""One far side with the destination that leads there, and what is asked of both."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Self

import pytest

from integrations.contract import Record
from integrations.registry import connector_class
from leads.admin.destinations.destination_form import PREFIX, form_for
from leads.models import Delivery, Destination
from tests.factories import make_delivery, make_lead, make_touch
from tests.integrations.connectors.contract.far_side import Action, FarSide, Fault
from tests.integrations.connectors.contract.far_sides import FAR_SIDES
from tests.integrations.connectors.contract.people import RECORD

NAMES = (
    "first_name", "last_name", "email", "phone", "country", "company", "title", "lead_source", "source", "action",
    "publisher_id", "offer_title", "description",
)  # fmt: skip

_ONCE_SET_UP_SO: dict[str, dict[str, Any]] = {
    "https": {"recognises_repeats": False, "answer_holds_id": False},
}
FORGETFUL: dict[str, dict[str, Any]] = {
    kind: _ONCE_SET_UP_SO.get(kind, {})
    for kind, far_side in FAR_SIDES.items()
    if kind in _ONCE_SET_UP_SO or not far_side.recognises_repeats
}
"""Kinds whose far side cannot tell a repeat nor be searched, with what a person types for that."""
SEARCHED = [kind for kind, far_side in FAR_SIDES.items() if far_side.can_be_searched]

_numbers = count(1)


def kinds_that(can: Callable[[type[FarSide]], bool]) -> pytest.MarkDecorator:
    """Runs a test, which takes ``kind``, for those only of which this is true."""
    chosen = [kind for kind, far_side in FAR_SIDES.items() if can(far_side)]
    assert chosen, "no far side is like that"
    return pytest.mark.parametrize("kind", chosen)


@dataclass(frozen=True)
class World:
    far_side: FarSide
    destination: Destination

    @classmethod
    def new(cls, far_side: FarSide, **typed: Any) -> Self:
        """``far_side`` is as new."""
        return cls(far_side, saved(far_side.kind, far_side.typed(far_side.url) | typed))

    @classmethod
    def searched(cls, far_side: FarSide) -> Self:
        """One that would make a second record of ``far_side.searched().record``, and can be searched for it."""
        _record, typed, fields = far_side.searched()
        world = cls.new(far_side, **typed)
        if fields:
            world.destination.mapping = [rule.as_json() for rule in fields.rules]
            world.destination.save()
        return world

    def queue(self, record: Record | None = None) -> Delivery:
        """Of a person of its own, unless the record names one."""
        return queued(self.destination, record or somebody())

    def queue_up(self, number: int) -> list[Delivery]:
        return [self.queue() for _n in range(number)]

    def meets(self, action: Action, **more: Any) -> None:
        """The next call that brings leads."""
        self.far_side.meet(Fault(action=action, **more))

    def writes(self) -> int:
        return len(self.far_side.writes())

    def addresses_there(self) -> list[str]:
        """The e-mail address of each record, in order; of equal ones each."""
        return sorted(stored.fields["email"] for stored in self.far_side.records())

    def holds(self, deliveries: Iterable[Delivery]) -> bool:
        """Whether there is one record for each of these, and no other."""
        return self.addresses_there() == sorted(delivery.touch.email for delivery in deliveries)


def somebody() -> Record:
    return replace(RECORD, email=f"person-{next(_numbers)}@wolpertinger.example")


def touch_values(record: Record) -> dict[str, Any]:
    """The columns of a touch from which this record is made."""
    return {name: getattr(record, name) for name in NAMES} | {"offer_id_text": record.offer_id}


def queued(destination: Destination, record: Record) -> Delivery:
    return make_delivery(destination, make_touch(make_lead(email=record.email), **touch_values(record)))


def entered(kind: str, typed: Mapping[str, Any], **general: Any) -> dict[str, Any]:
    """What a browser posts: what is not typed is as the form shows it at first."""
    fields = connector_class(kind).Config.base_fields
    initial = {name: field.initial for name, field in fields.items() if field.initial is not None}
    config = {PREFIX + name: value for name, value in (initial | dict(typed)).items()}
    return {"name": f"To {kind}", "enabled": "on", "calls_at_once": "4"} | general | config


def saved(kind: str, typed: Mapping[str, Any], **general: Any) -> Destination:
    """Through the form that the admin shows."""
    form = form_for(kind)(data=entered(kind, typed, **general))
    assert form.is_valid(), form.errors
    destination = form.save()
    form.save_what_belongs_to_it()
    return destination
