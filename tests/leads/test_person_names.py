"""Names as people write them."""

import pytest

from leads.person_names import full_name, initials


@pytest.mark.parametrize(
    ("first_name", "last_name", "written", "letters"),
    [
        ("Mina", "Park", "Mina Park", "MP"),
        ("서연", "김", "김서연", "김"),
        ("太郎", "山田", "山田太郎", "山"),
        ("はなこ", "サトウ", "サトウはなこ", "サ"),
        ("Zoë", "", "Zoë", "Z"),
        ("", "Okafor", "Okafor", "O"),
        ("서연", "", "서연", "서"),
        ("", "김", "김", "김"),
        ("서연", "Kim", "서연 Kim", "서K"),
        ("", "", "", ""),
    ],
)
def test_a_name_stands_in_its_own_order(first_name: str, last_name: str, written: str, letters: str) -> None:
    assert full_name(first_name, last_name) == written
    assert initials(first_name, last_name) == letters
