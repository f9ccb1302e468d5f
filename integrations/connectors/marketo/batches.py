"""Which people may share a call: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from integrations.connectors.marketo.ways import as_json
from integrations.contract import Note

LARGEST_INPUT = 900_000  # bytes, of the 1 MB that a body may have


@dataclass(frozen=True, slots=True)
class Person:
    """One record in Marketo's words; ``identity`` is by what Marketo finds a person who is there already."""

    key: UUID
    identity: str
    values: dict[str, Any]
    notes: tuple[Note, ...] = ()

    def without(self, field: str) -> Self:
        values = {name: value for name, value in self.values.items() if name != field}
        return replace(self, values=values, notes=(*self.notes, Note("sent_without", {"field": field})))


def batches_of(people: Iterable[Person], most: int, largest: int = LARGEST_INPUT) -> list[list[Person]]:
    """Up to ``most`` people and ``largest`` bytes in each, in their order, and nobody twice: Marketo refuses the second
    one, or makes two people of them. A person's second record comes in a later batch than the first."""
    batches: list[list[Person]] = []
    sizes: list[int] = []
    first_free: dict[str, int] = {}
    for person in people:
        size = len(as_json(person.values))
        place = first_free.get(person.identity, 0)
        while place < len(batches) and (len(batches[place]) >= most or sizes[place] + size > largest):
            place += 1
        if place == len(batches):
            batches.append([])
            sizes.append(0)
        batches[place].append(person)
        sizes[place] += size
        first_free[person.identity] = place + 1
    return batches


def halves_of(batch: Sequence[Person]) -> tuple[list[Person], list[Person]]:
    middle = len(batch) // 2
    return list(batch[:middle]), list(batch[middle:])
