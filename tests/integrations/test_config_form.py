import re
from datetime import date

import pytest
from django import forms
from django.core.validators import RegexValidator

from integrations.config_form import MISPLACED, ConfigForm, SecretField


class Settings(ConfigForm):
    place = forms.CharField(initial="here")
    key = SecretField()
    careful = forms.BooleanField(required=False, initial=True)


def test_an_empty_secret_keeps_the_stored_one() -> None:
    form = Settings({"place": "there", "key": ""}, stored={"key": "hidden"})
    assert form.is_valid()
    assert form.cleaned_data["key"] == "hidden"


def test_a_new_secret_replaces_the_stored_one() -> None:
    form = Settings({"place": "there", "key": "new"}, stored={"key": "hidden"})
    assert form.is_valid()
    assert form.cleaned_data["key"] == "new"


def test_a_secret_that_was_never_given_is_asked_for() -> None:
    form = Settings({"place": "there", "key": ""})
    assert not form.is_valid()
    assert list(form.errors) == ["key"]


def test_a_secret_is_never_shown() -> None:
    html = Settings({"place": "there", "key": "typed"}, stored={"key": "hidden"}).as_p()
    assert "typed" not in html
    assert "hidden" not in html


def test_stored_settings_validate_and_what_is_missing_takes_its_initial_value() -> None:
    form = Settings.of({"key": "hidden"})
    assert form.is_valid()
    assert form.cleaned_data == {"place": "here", "key": "hidden", "careful": True}


def test_what_is_stored_wins_over_the_initial_value() -> None:
    form = Settings.of({"place": "there", "key": "hidden", "careful": False})
    assert form.is_valid()
    assert form.cleaned_data == {"place": "there", "key": "hidden", "careful": False}


def test_the_secrets_of_settings_are_known_by_name_and_value() -> None:
    assert Settings.secret_names() == ["key"]
    assert Settings.secrets_in({"place": "there", "key": "hidden"}) == ["hidden"]
    assert Settings.secrets_in({"place": "there", "key": ""}) == []


class Addressed(ConfigForm):
    sent_to = {"token": ("url",)}

    url = forms.CharField(label="URL")
    token = SecretField(label="Token", required=False)
    signing_key = SecretField(label="Key", required=False)


STORED = {"url": "https://crm.example.com", "token": "s3cret", "signing_key": "k3y"}


def test_a_secret_is_not_kept_for_another_address() -> None:
    form = Addressed(data={"url": "https://elsewhere.example", "token": "", "signing_key": ""}, stored=STORED)
    assert not form.is_valid()
    assert form.errors == {"token": ["Token: enter it again, since URL changed and it would be sent there."]}


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ({"url": "https://crm.example.com", "token": ""}, "s3cret"),
        ({"url": "https://elsewhere.example", "token": "n3w"}, "n3w"),
    ],
)
def test_it_is_kept_for_the_same_address_and_taken_anew_with_another(entered: dict[str, str], kept: str) -> None:
    form = Addressed(data=entered, stored=STORED)
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["token"], form.cleaned_data["signing_key"]) == (kept, "k3y")


class Chosen(ConfigForm):
    shown_when = {
        "token": ("way", "token"),
        "ends_on": ("way", "token"),
        "careful": ("way", "token"),
        "at": ("far", "on"),
    }
    sent_to = {"token": ("url",)}

    url = forms.CharField(label="URL")
    way = forms.ChoiceField(choices=[("none", "None"), ("token", "Token")])
    token = SecretField(label="Token", required=False, max_length=9)
    ends_on = forms.DateField(required=False)
    careful = forms.BooleanField(required=False)
    far = forms.BooleanField(required=False)
    at = forms.CharField(required=False, max_length=5)


FILLED = {"url": "u", "token": "t0ken", "ends_on": "2026-11-22", "careful": "on", "at": "there"}


def test_what_is_not_shown_is_forgotten_whatever_was_stored() -> None:
    form = Chosen(FILLED | {"way": "none", "token": ""}, stored=FILLED)
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "url": "u", "way": "none", "token": "", "ends_on": None, "careful": False, "far": False, "at": "",
    }  # fmt: skip


def test_an_address_that_is_not_shown_any_more_has_changed() -> None:
    class Elsewhere(Chosen):
        sent_to = {"token": ("at",)}

    stored = FILLED | {"way": "token", "far": True}
    kept = Elsewhere(stored | {"token": ""}, stored=stored)
    assert kept.is_valid(), kept.errors
    assert kept.cleaned_data["token"] == "t0ken"
    assert list(Elsewhere(stored | {"token": "", "far": ""}, stored=stored).errors) == ["token"]


def test_what_is_shown_stays() -> None:
    form = Chosen(FILLED | {"way": "token", "far": "on"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "url": "u", "way": "token", "token": "t0ken", "ends_on": date(2026, 11, 22), "careful": True, "far": True,
        "at": "there",
    }  # fmt: skip


def test_what_is_not_shown_has_no_error_that_nobody_could_see() -> None:
    wrong = {"url": "another", "way": "none", "token": "", "ends_on": "soon", "at": "too long"}
    assert Chosen(wrong, stored=FILLED).is_valid()
    shown = Chosen(wrong | {"way": "token", "far": "on"}, stored=FILLED)
    assert set(shown.errors) == {"token", "ends_on", "at"}


def test_where_the_choice_itself_is_wrong_nothing_else_is_lost() -> None:
    form = Chosen(FILLED | {"way": "pigeon"})
    assert list(form.errors) == ["way"]
    assert form.cleaned_data["token"] == "t0ken"


class Boxes(ConfigForm):
    shown_when = {"page": ("has_page", "on")}
    looks_like = {"number": re.compile(r"\d+"), "page": re.compile(r"https?://\S+"), "code": re.compile(r"[A-Z]{3}\d*")}

    number = forms.IntegerField(label="Number", required=False, max_value=99)
    code = forms.CharField(
        label="Code", required=False, validators=[RegexValidator("^[A-Z]{3}", "Code: three letters.")]
    )
    has_page = forms.BooleanField(required=False)
    page = forms.URLField(label="Page", required=False, assume_scheme="https")
    note = forms.CharField(label="Note", required=False)

    def clean_note(self) -> str:
        if self.cleaned_data["note"] == "777":
            raise forms.ValidationError("Note: this is the number.", code=MISPLACED)
        return str(self.cleaned_data["note"])


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        (
            {"number": "ABC"},
            {"number": ["Enter a whole number. What was entered looks like what belongs into “Code”."]},
        ),
        ({"code": "12"}, {"code": ["Code: three letters. What was entered looks like what belongs into “Number”."]}),
        ({"code": "https://x.example"}, {"code": ["Code: three letters."]}),
        (
            {"code": "https://x.example", "has_page": "on"},
            {"code": ["Code: three letters. What was entered looks like what belongs into “Page”."]},
        ),
        ({"code": "abc"}, {"code": ["Code: three letters."]}),
        ({"number": "100"}, {"number": ["Ensure this value is less than or equal to 99."]}),
        ({"note": "777"}, {"note": ["Note: this is the number."]}),
        ({"note": "12"}, {}),
    ],
)
def test_what_was_refused_and_belongs_into_another_box_is_told_so(
    entered: dict[str, str], errors: dict[str, list[str]]
) -> None:
    assert Boxes(entered).errors == errors


def test_what_may_belong_into_several_boxes_is_told_all_of_them() -> None:
    class Alike(Boxes):
        looks_like = {"number": re.compile(r"\d+"), "note": re.compile(r"\d+")}

    (text,) = Alike({"code": "12"}).errors["code"]
    assert str(text).endswith("belongs into “Number” or “Note”.")


def test_a_secret_is_not_repeated_where_it_is_told_that_it_is_in_the_wrong_box() -> None:
    class Secret(Boxes):
        key = SecretField(label="Key", max_length=3)

    (text,) = Secret({"key": "ABC777"}).errors["key"]
    assert "looks like what belongs into “Code”" in str(text)
    assert "777" not in str(text)
