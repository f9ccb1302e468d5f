"""The settings form: what it refuses, in which words, and what it makes of secrets."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from integrations.connectors.https.config import HttpsConfig, statuses_in
from integrations.signature import key_of
from tests.integrations.connectors.forms import only_error_of, settings_of

URL = "https://crm.example.com/leads"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def submitted(stored: dict[str, Any] | None = None, **typed: Any) -> HttpsConfig:
    """The form as a browser posts it: what is not ticked is absent."""
    choices = {"url": URL, "method": "POST", "body_shape": "documented", "sign_in": "none"}
    return HttpsConfig(choices | typed, stored=stored)


def saved(stored: dict[str, Any] | None = None, **typed: Any) -> dict[str, Any]:
    return settings_of(submitted(stored, **typed))


def error(name: str, stored: dict[str, Any] | None = None, **typed: Any) -> str:
    return only_error_of(submitted(stored, **typed), name)


def test_a_url_is_all_that_is_needed_and_everything_else_has_a_good_default() -> None:
    form = HttpsConfig.of({"url": URL})
    assert form.is_valid(), form.errors
    secret = form.cleaned_data.pop("signing_secret")
    assert form.made_secrets == {"signing_secret": secret}
    assert len(key_of(secret)) == 32
    assert {name: value for name, value in form.cleaned_data.items() if value} == {
        "url": URL,
        "method": "POST",
        "body_shape": "documented",
        "sign_in": "none",
        "signed": True,
        "recognises_repeats": True,
    }


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://crm.example.com", "The URL does not begin with https://. Use an https:// URL: leads are personal data "
                                   "and must not travel in clear text."),
        ("https://mina:pw@crm.example.com", "The URL holds a user name or password. Take it out of the URL, up to "
                                            "the @. A sign-in has boxes of its own."),
        ("https://crm.example.com/#x", "The URL has a part after #, which is never sent to a server. Remove the # and "
                                       "what follows."),
        ("https://bücher.example/", "The URL has letters outside plain ASCII. Write the host in punycode (xn--…) and "
                                    "percent-encode the rest."),
        ("https://crm.example.com:0/", "The URL names a port that is reserved for other services. Use the standard "
                                       "port, or one from 1024 to 65535."),
        ("https://crm.example.com:65536/", "The URL cannot be read. Write it like https://crm.example.com/leads, "
                                           "without blanks, with a port between 1 and 65535 if any."),
        ("crm.example.com", "The URL cannot be read. Write it like https://crm.example.com/leads, without blanks, "
                            "with a port between 1 and 65535 if any."),
    ],
)  # fmt: skip
def test_a_url_that_breaks_a_rule_is_refused_with_the_remedy(settings: Any, url: str, message: str) -> None:
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False
    assert error("url", url=url) == f"URL: {message}"


def test_plain_http_is_taken_where_the_installation_allows_it(settings: Any) -> None:
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = True
    assert saved(url="http://127.0.0.1:8080/")["url"] == "http://127.0.0.1:8080/"


@pytest.mark.parametrize("name", ["X Key", "X-Key:", "Schlüssel", "(x)", "a\tb", 'x"y'])
def test_a_header_name_must_be_a_token(name: str) -> None:
    message = error("header_1_name", sign_in="headers", header_1_name=name, header_1_value="value")
    assert message == (
        "Header name: blanks, colons, brackets, quotes and letters outside ASCII are not possible. "
        "Write it like X-Api-Key."
    )


@pytest.mark.parametrize(
    "name",
    [
        "Host", "content-length", "Content-Type", "TRANSFER-ENCODING", "Connection", "Expect", "webhook-id",
        "Webhook-Signature", "webhook-anything", "Accept-Encoding", "Upgrade",
    ],
)  # fmt: skip
def test_a_header_that_is_ours_is_refused(name: str) -> None:
    message = error("header_3_name", sign_in="headers", header_3_name=name, header_3_value="value")
    assert message == f"Header name: {name} is set by Lead CRM itself. Choose another header."


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb", "Zoë", "a\x7fb"])
def test_a_header_value_has_printable_ascii_only(value: str) -> None:
    message = error("header_1_value", sign_in="headers", header_1_name="X-Key", header_1_value=value)
    assert message == (
        "Header value or token: only printable ASCII characters are possible. Take out line breaks and others."
    )
    assert "token" in error("bearer_token", sign_in="bearer", bearer_token=value)


def test_a_nul_in_a_value_is_refused() -> None:
    form = submitted(sign_in="headers", header_1_name="X-Key", header_1_value="a\x00b")
    assert not form.is_valid()
    assert list(form.errors) == ["header_1_value"]


def test_the_same_header_twice_is_refused_whatever_its_case() -> None:
    message = error(
        "header_2_name", sign_in="headers",
        header_1_name="X-Key", header_1_value="one", header_2_name="x-key", header_2_value="two",
    )  # fmt: skip
    assert message == "Header name: this header is there twice. Remove one."


def test_a_header_needs_both_halves() -> None:
    assert error("header_1_value", sign_in="headers", header_1_name="X-Key") == (
        "Header value: enter the value of this header, or clear its name."
    )
    assert error("header_2_name", sign_in="headers", header_1_name="X", header_1_value="1", header_2_value="2") == (
        "Header name: enter the name that belongs to this value, or clear the value."
    )


@pytest.mark.parametrize(
    ("sign_in", "name", "message"),
    [
        ("bearer", "bearer_token", "Bearer token: enter the token, or choose another sign-in."),
        ("headers", "header_1_name", "Header name: enter at least one header, or choose another sign-in."),
    ],
)
def test_a_sign_in_asks_for_what_it_needs(sign_in: str, name: str, message: str) -> None:
    assert error(name, sign_in=sign_in) == message


def test_basic_asks_for_user_and_password() -> None:
    form = submitted(sign_in="basic")
    assert not form.is_valid()
    assert form.errors == {
        "user_name": ["User name: enter it, or choose another sign-in."],
        "password": ["Password: enter it, or choose another sign-in."],
    }
    assert error("user_name", sign_in="basic", user_name="a:b", password="hidden") == (
        "User name: a colon is not possible here. Enter the name before it, and the password below."
    )


def test_a_stored_secret_need_not_be_typed_again() -> None:
    stored = saved(sign_in="bearer", bearer_token="hidden-token")
    assert saved(stored, sign_in="bearer", bearer_token="")["bearer_token"] == "hidden-token"


def test_another_sign_in_forgets_the_secrets_of_the_former() -> None:
    stored = saved(sign_in="headers", header_1_name="X-Key", header_1_value="hidden")
    changed = saved(stored, sign_in="bearer", bearer_token="token")
    assert (changed["header_1_name"], changed["header_1_value"]) == ("", "")
    assert changed["bearer_token"] == "token"


def test_clearing_a_headers_name_removes_its_stored_value() -> None:
    stored = saved(
        sign_in="headers", header_1_name="X-One", header_1_value="one", header_2_name="X-Two", header_2_value="two"
    )
    changed = saved(stored, sign_in="headers", header_1_name="X-One", header_2_name="")
    assert (changed["header_1_value"], changed["header_2_name"], changed["header_2_value"]) == ("one", "", "")


@pytest.mark.parametrize("secret", ["hidden", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_signing_secret_that_is_none_is_refused(secret: str) -> None:
    words = "Signing secret: enter whsec_ followed by the base64 of 24 to 64 bytes, or leave it empty."
    assert error("signing_secret", signed="on", signing_secret=secret) == words
    assert error("previous_signing_secret", signed="on", previous_signing_secret=secret) == words


def test_a_signing_secret_that_was_typed_is_taken() -> None:
    form = submitted(signed="on", signing_secret=SECRET)
    assert form.is_valid()
    assert form.cleaned_data["signing_secret"] == SECRET
    assert form.made_secrets == {}


def test_a_saved_destination_keeps_its_signing_secret() -> None:
    stored = saved(signed="on", signing_secret=SECRET)
    form = submitted(stored, signed="on")
    assert form.is_valid()
    assert form.cleaned_data["signing_secret"] == SECRET
    assert form.cleaned_data["previous_signing_secret"] == ""
    assert form.made_secrets == {}


def test_a_new_signing_secret_leaves_the_former_valid() -> None:
    stored = saved(signed="on", signing_secret=SECRET)
    changed = saved(stored, signed="on", signing_secret=OTHER_SECRET)
    assert (changed["signing_secret"], changed["previous_signing_secret"]) == (OTHER_SECRET, SECRET)


def test_a_renewed_signing_secret_is_made_shown_once_and_leaves_the_former_valid() -> None:
    stored = saved(signed="on", signing_secret=SECRET)
    form = submitted(stored, signed="on", renew_signing_secret="on")
    assert form.is_valid()
    made = form.made_secrets["signing_secret"]
    assert key_of(made) != key_of(SECRET)
    assert (form.cleaned_data["signing_secret"], form.cleaned_data["previous_signing_secret"]) == (made, SECRET)
    assert "renew_signing_secret" not in form.cleaned_data


def test_the_previous_signing_secret_stays_until_it_is_removed() -> None:
    stored = saved(signed="on", signing_secret=OTHER_SECRET, previous_signing_secret=SECRET)
    kept = saved(stored, signed="on")
    assert kept["previous_signing_secret"] == SECRET
    removed = saved(kept, signed="on", forget_previous_signing_secret="on")
    assert (removed["signing_secret"], removed["previous_signing_secret"]) == (OTHER_SECRET, "")
    assert "forget_previous_signing_secret" not in removed


def test_without_signing_no_signing_secret_is_kept() -> None:
    stored = saved(signed="on", signing_secret=SECRET)
    changed = saved(stored)
    assert (changed["signed"], changed["signing_secret"], changed["previous_signing_secret"]) == (False, "", "")


@pytest.mark.parametrize(("text", "statuses"), [("", set()), ("409", {409}), ("409, 422 412", {409, 412, 422})])
def test_statuses_that_mean_already_there_are_a_list(text: str, statuses: set[int]) -> None:
    assert statuses_in(saved(already_there_statuses=text)["already_there_statuses"]) == statuses


@pytest.mark.parametrize("text", ["all", "409;412", "200", "302", "401", "404", "410", "429", "500", "-409", "4090"])
def test_statuses_that_can_never_mean_it_are_refused(text: str) -> None:
    message = error("already_there_statuses", already_there_statuses=text)
    assert message.startswith("Statuses that mean “already there”: enter numbers such as 409, separated by commas.")


def test_a_choice_that_does_not_exist_is_refused() -> None:
    form = submitted(method="DELETE", body_shape="xml", sign_in="ntlm")
    assert not form.is_valid()
    assert set(form.errors) == {"method", "body_shape", "sign_in"}


def test_saved_settings_validate_again_and_do_not_change() -> None:
    stored = saved(
        signed="on", signing_secret=SECRET, sign_in="headers", header_5_name="X-Key", header_5_value="hidden",
        already_there_statuses="409", recognises_repeats="on", answer_holds_id="on", body_shape="event", method="PUT",
    )  # fmt: skip
    again = HttpsConfig.of(stored)
    assert again.is_valid(), again.errors
    assert again.cleaned_data == stored
    assert again.made_secrets == {}


def test_every_field_that_holds_a_secret_is_a_secret_field_and_none_is_shown() -> None:
    values = [f"header_{number}_value" for number in range(1, 6)]
    names = ["bearer_token", "password", *values, "signing_secret", "previous_signing_secret"]
    assert HttpsConfig.secret_names() == names
    stored = dict.fromkeys(names, "hidden-value")
    html = HttpsConfig(stored | {"url": URL}, stored=stored, initial=stored).as_p()
    assert "hidden-value" not in html


def test_every_setting_is_explained_or_speaks_for_itself() -> None:
    self_explaining = {"method", "sign_in", "user_name", "password", "forget_previous_signing_secret"}
    unexplained = {name for name, field in HttpsConfig.base_fields.items() if not field.help_text}
    headers = {f"header_{number}_{part}" for number in range(1, 6) for part in ("name", "value")}
    assert unexplained == self_explaining | headers
    assert all(str(field.label) for field in HttpsConfig.base_fields.values())


def test_a_validation_error_carries_the_rule_as_its_code() -> None:
    form = submitted(url="https://crm.example.com/#x")
    (data,) = form.errors.as_data()["url"]
    assert isinstance(data, ValidationError)
    assert data.code == "url_has_fragment"
