import pytest
from django import forms

from integrations.config_form import ConfigForm, SecretField


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
