"""Which people may share a call: pure."""

from collections.abc import Iterable, Sequence

from integrations.connectors.marketo.people import Person
from integrations.json_bodies import as_json

LARGEST_INPUT = 900_000  # bytes, of the 1 MB that a body may have


def batches_of(people: Iterable[Person], most: int, largest: int = LARGEST_INPUT) -> list[list[Person]]:
    """Up to ``most`` people and ``largest`` bytes in each, in their order and for one reason, and nobody twice: Marketo
    refuses the second one, or makes two people of them. A person's second record comes in a later batch than the
    first."""
    batches: list[list[Person]] = []
    sizes: list[int] = []
    first_free: dict[str, int] = {}
    for person in people:
        size = len(as_json(person.values))
        place = first_free.get(person.identity, 0)
        while place < len(batches) and (
            len(batches[place]) >= most or sizes[place] + size > largest or batches[place][0].reason != person.reason
        ):
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
