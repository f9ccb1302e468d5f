"""One far side with the destination that leads there, and what is asked of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from time import monotonic, sleep
from typing import Any, Self

from integrations.registry import connector_class
from integrations.sandbox.simulator import Simulator
from leads.admin.destination_form import PREFIX, form_for
from leads.models import Delivery, Destination
from tests.factories import make_delivery, make_lead, make_touch
from tests.leads.destinations.far_sides import FarSide, Typed

_PATIENCE = 5.0
_people = count(1)


@dataclass(frozen=True)
class World:
    side: FarSide
    system: Simulator
    destination: Destination

    @classmethod
    def new(cls, side: FarSide, system: Simulator) -> Self:
        system.control("reset", {})
        system.control("config", dict(side.told))
        return cls(side, system, saved(side.kind, side.typed(system.url)))

    # --- here -----------------------------------------------------------------------------------------------------

    def queue_up(self, number: int = 1, **touch: Any) -> list[Delivery]:
        return [self.queue(**touch) for _n in range(number)]

    def queue(self, **touch: Any) -> Delivery:
        """Of a person of its own, unless ``touch`` says otherwise."""
        return make_delivery(self.destination, make_touch(make_lead(email=new_address()), **person() | touch))

    # --- over there -----------------------------------------------------------------------------------------------

    def fails(self, **fault: Any) -> None:
        """The next call that brings leads; see ``integrations.sandbox.faults``."""
        self.system.control("faults", {"match": {"path": self.side.path}} | fault)

    def told(self, settings: Mapping[str, Any]) -> None:
        self.system.control("config", dict(settings))

    def calls(self, part_of_path: str = "") -> int:
        found = self.system.control("requests")["requests"]
        return sum(part_of_path in each["path"] for each in found)

    def addresses_there(self) -> list[str]:
        """The e-mail address of each record, in order; of equal ones each."""
        found = self.system.control("records")["records"]
        kept = [one["fields"] for one in found if one["collection"] == self.side.collection]
        return sorted(self.side.email_of(fields) for fields in kept)

    def holds(self, *deliveries: Delivery) -> bool:
        """Whether there is one record for each of these, and no other. Some systems work leads off in the background."""
        wanted = sorted(delivery.touch.email for delivery in deliveries)
        ends_at = monotonic() + _PATIENCE
        while len(found := self.addresses_there()) < len(wanted) and monotonic() < ends_at:
            sleep(0.01)
        return found == wanted


def new_address() -> str:
    return f"person-{next(_people)}@fabrikam.example"


def person() -> dict[str, str]:
    return {
        "phone": "821055501234", "country": "KR", "company": "Fabrikam", "title": "IT manager",
        "lead_source": "AzureMarketplace-INS|contoso.fw", "publisher_id": "contoso", "offer_id_text": "fw",
        "offer_title": "Contoso Firewall", "description": "Need a quote for 20 seats",
    }  # fmt: skip


def entered(kind: str, typed: Typed, **general: Any) -> dict[str, Any]:
    """What a browser posts: what is not typed is as the form shows it at first."""
    fields = connector_class(kind).Config.base_fields
    initial = {name: field.initial for name, field in fields.items() if field.initial is not None}
    config = {PREFIX + name: value for name, value in (initial | typed).items()}
    return {"name": f"To {kind}", "enabled": "on", "calls_at_once": "4"} | general | config


def saved(kind: str, typed: Typed, **general: Any) -> Destination:
    """Through the form that the admin shows."""
    form = form_for(kind)(data=entered(kind, typed, **general))
    assert form.is_valid(), form.errors
    destination = form.save()
    form.save_what_belongs_to_it()
    return destination
