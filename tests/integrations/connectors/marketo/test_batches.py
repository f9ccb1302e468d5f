from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from integrations.connectors.marketo.batches import batches_of, halves_of
from integrations.connectors.marketo.people import Person
from integrations.contract import Note
from integrations.json_bodies import as_json


def person(identity: str, reason: str = "", **values: str) -> Person:
    return Person(uuid4(), identity, values, reason=reason)


def identities(batches: list[list[Person]]) -> list[list[str]]:
    return [[person.identity for person in batch] for batch in batches]


def test_people_fill_one_batch_after_the_other() -> None:
    assert identities(batches_of(map(person, "abcde"), 2)) == [["a", "b"], ["c", "d"], ["e"]]


def test_the_second_record_of_a_person_comes_in_a_later_batch() -> None:
    assert identities(batches_of(map(person, "abacab"), 10)) == [["a", "b", "c"], ["a", "b"], ["a"]]


def test_people_of_different_reasons_are_in_different_batches() -> None:
    people = map(person, "abcad", ("INS", "PLT", "INS", "PLT", "PLT"))
    assert identities(batches_of(people, 10)) == [["a", "c"], ["b", "a", "d"]]


def test_a_persons_later_record_never_overtakes_the_first_whatever_the_reasons() -> None:
    people = map(person, "baa", ("PLT", "INS", "PLT"))
    assert identities(batches_of(people, 10)) == [["b"], ["a"], ["a"]]


def test_a_batch_never_outgrows_its_size() -> None:
    people = [person(str(n), company="김" * 10) for n in range(5)]
    size = len(as_json(people[0].values))
    assert [len(batch) for batch in batches_of(people, 300, 2 * size)] == [2, 2, 1]


def test_one_person_that_is_too_large_alone_is_a_batch_all_the_same() -> None:
    assert identities(batches_of([person("a", company="x" * 100), person("b")], 300, 50)) == [["a"], ["b"]]


@given(st.lists(st.sampled_from("abcdefg"), max_size=40), st.integers(1, 5))
def test_everybody_is_in_one_batch_and_nobody_twice_and_in_their_order(letters: list[str], most: int) -> None:
    people = [person(letter) for letter in letters]
    batches = batches_of(people, most)
    assert sorted((p.key for batch in batches for p in batch), key=str) == sorted((p.key for p in people), key=str)
    assert all(len(batch) <= most for batch in batches)
    assert all(len({p.identity for p in batch}) == len(batch) for batch in batches)
    for letter in set(letters):
        sent = [p.key for batch in batches for p in batch if p.identity == letter]
        assert sent == [p.key for p in people if p.identity == letter]


def test_halves_hold_everybody() -> None:
    a, b, c = map(person, "abc")
    assert halves_of([a, b, c]) == ([a], [b, c])


def test_what_is_left_out_is_noted() -> None:
    with_company = person("a", company="Fabrikam", email="a@b.example")
    without = with_company.without("company")
    assert without.values == {"email": "a@b.example"}
    assert without.notes == (Note("sent_without", {"field": "company"}),)
    assert with_company.values == {"company": "Fabrikam", "email": "a@b.example"}
