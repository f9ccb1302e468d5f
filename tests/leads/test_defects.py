"""Where our own code failed, in words that may stand in a log."""

from leads.defects import where


def fail(person: str) -> None:
    raise ValueError(f"cannot cope with {person}")


def test_a_defect_is_named_by_its_type_and_place_and_not_by_its_text() -> None:
    try:
        fail("mina@fabrikam.example")
    except ValueError as error:
        said = where(error)
    assert said.startswith("ValueError at test_defects.py:7 fail < test_defects.py:")
    assert "mina" not in said


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert where(KeyError("mina@fabrikam.example")) == "KeyError at "
