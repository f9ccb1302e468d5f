"""The settings of a destination: entered, changed, kept secret, and shown to those who may not change them."""

import re
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from integrations.registry import KINDS
from leads.admin.destinations.destination_form import PREFIX, form_for
from leads.models import Destination, DestinationGate, Route
from leads.roles import OPS, SALES, SALES_LEAD
from tests.factories import make_delivery, make_destination, make_route
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import OTHER_KEY, SECRET, address_of, destination_with_secret, page_of
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import errors_of, messages_of

pytestmark = pytest.mark.django_db

ADD = "/admin/leads/destination/add/?kind=https"


def entered(**changes: Any) -> dict[str, Any]:
    """The form of an HTTPS destination, filled in as a person would."""
    filled = {
        "name": "CRM",
        "enabled": "on",
        "config_url": "https://crm.example.com/leads",
        "config_method": "POST",
        "config_body_shape": "documented",
        "config_sign_in": "none",
        "config_signed": "on",
        "config_recognises_repeats": "on",
        "calls_at_once": "4",
    }
    return {name: value for name, value in (filled | changes).items() if value is not None}


def add(client: Client, **changes: Any) -> Any:
    return client.post(ADD, entered(**changes), follow=True)


# --- adding -----------------------------------------------------------------------------------------------------------


def test_a_new_destination_has_its_gate_its_route_and_its_secret(owner: Client) -> None:
    answer = add(owner, send_everything="on", calls_at_once="2")
    destination = Destination.objects.get()
    assert answer.redirect_chain == [(page_of(destination), 302)]
    assert (destination.name, destination.kind, destination.enabled) == ("CRM", "https", True)
    assert destination.settings["url"] == "https://crm.example.com/leads"
    assert destination.gate.calls_at_once == 2
    assert [(route.destination, route.enabled, route.sources) for route in Route.objects.all()] == [
        (destination, True, [])
    ]
    secret = destination.read_secrets()["signing_secret"]
    assert messages_of(answer) == [
        f"Signing secret, shown only this once: {secret}",
        "Saved, and being checked. When the check has passed, press “Send a test lead”.",
    ]


def test_a_made_secret_is_shown_once_and_never_again(owner: Client) -> None:
    add(owner)
    destination = Destination.objects.get()
    secret = destination.read_secrets()["signing_secret"]
    for address in (page_of(destination), address_of("index"), page_of(destination).replace("change", "history")):
        assert secret not in owner.get(address).text
    assert secret not in str(all_rows())


def test_no_route_is_made_when_none_is_asked_for(owner: Client) -> None:
    add(owner)
    assert Route.objects.count() == 0


def test_made_from_the_form_of_a_route_it_is_chosen_there(owner: Client) -> None:
    answer = owner.post(ADD, entered(_popup="1"))
    assert answer.status_code == 200
    assert f"&quot;value&quot;: &quot;{Destination.objects.get().pk}&quot;" in answer.text


def test_the_kind_in_the_address_chooses_the_form(owner: Client) -> None:
    form = owner.get(ADD).context["adminform"].form
    assert form.kind == "https"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"config_url": ""}, "config_url", "This field is required."),
        ({"config_url": "ftp://crm.example.com"}, "config_url", "The URL does not begin with https://."),
        ({"config_url": "https://me:pass@crm.example.com"}, "config_url", "The URL holds a user name or password."),
        ({"config_sign_in": "bearer"}, "config_bearer_token", "enter the token, or choose another sign-in"),
        ({"config_sign_in": "basic", "config_user_name": "me"}, "config_password", "Password: enter it"),
        ({"config_sign_in": "headers", "config_header_1_name": "X Y"}, "config_header_1_name", "blanks"),
        ({"config_signing_secret": "hunter2"}, "config_signing_secret", "enter whsec_ followed by"),
        ({"config_already_there_statuses": "nine"}, "config_already_there_statuses", "enter numbers such as 409"),
        ({"calls_at_once": "0"}, "calls_at_once", "greater than or equal to 1"),
        ({"calls_at_once": "33"}, "calls_at_once", "less than or equal to 32"),
        ({"config_method": "BREW"}, "config_method", "not one of the available choices"),
    ],
)
def test_a_wrong_entry_is_answered_beside_its_field(
    owner: Client, changes: dict[str, str], field: str, message: str
) -> None:
    answer = add(owner, **changes)
    assert list(errors_of(answer)) == [field]
    assert message in errors_of(answer)[field][0]
    assert len(errors_of(answer)[field]) == 1
    assert Destination.objects.count() == 0


def test_a_refused_form_keeps_what_was_entered_but_no_secret(owner: Client) -> None:
    answer = add(owner, config_url="ftp://crm.example.com", config_signing_secret=SECRET, config_bearer_token="t0ken")
    assert 'value="ftp://crm.example.com"' in answer.text
    assert SECRET not in answer.text
    assert "t0ken" not in answer.text


@pytest.mark.parametrize("wrong", [{"config_url": "ftp://crm.example.com"}, {"name": ""}, {"calls_at_once": "0"}])
def test_a_secret_that_was_typed_beside_a_wrong_entry_is_asked_for_again(owner: Client, wrong: dict[str, str]) -> None:
    answer = add(owner, config_sign_in="bearer", config_bearer_token="t0ken", config_password="unseen", **wrong)
    assert list(errors_of(answer)) == [*wrong, "config_bearer_token"]
    assert errors_of(answer)["config_bearer_token"] == [
        "Bearer token: enter it again. What was typed is not kept while another entry is wrong."
    ]
    assert "t0ken" not in answer.text


def test_a_name_that_is_taken_asks_for_the_secret_again_too(owner: Client) -> None:
    add(owner)
    answer = add(owner, config_signing_secret=SECRET)
    assert list(errors_of(answer)) == ["name", "config_signing_secret"]


def test_a_secret_that_is_wrong_itself_says_only_that(owner: Client) -> None:
    answer = add(owner, config_url="", config_signing_secret="hunter2")
    assert "enter whsec_ followed by" in errors_of(answer)["config_signing_secret"][0]
    assert len(errors_of(answer)["config_signing_secret"]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_while_nothing_is_stored_no_box_speaks_of_keeping_it(owner: Client, kind: str) -> None:
    page = owner.get(f"/admin/leads/destination/add/?kind={kind}").text
    assert "keep the present one" not in page
    assert "leave empty to keep it" not in page


MANAGING = ("renew_signing_secret", "previous_signing_secret", "forget_previous_signing_secret")


def shown_on(page: Any) -> list[str]:
    """The boxes of these that a person sees."""
    form = page.context["adminform"].form
    return [name for name in ("signing_secret", *MANAGING) if not form[PREFIX + name].is_hidden]


def test_secrets_are_renewed_and_removed_only_where_there_are_some(owner: Client) -> None:
    renew, previous, forget = MANAGING
    assert shown_on(owner.get(ADD)) == ["signing_secret"]
    destination = destination_with_secret()
    assert shown_on(owner.get(page_of(destination))) == ["signing_secret", renew, previous]
    destination.write_secrets({"signing_secret": SECRET, "previous_signing_secret": SECRET})
    destination.save()
    assert shown_on(owner.get(page_of(destination))) == ["signing_secret", renew, previous, forget]


def test_what_is_posted_into_a_box_that_is_not_there_is_written_into_no_page(owner: Client) -> None:
    answer = add(owner, config_previous_signing_secret=SECRET, name="")
    assert answer.status_code == 200
    assert SECRET not in answer.text


def test_two_destinations_cannot_have_the_same_name(owner: Client) -> None:
    add(owner)
    answer = add(owner)
    assert errors_of(answer) == {"name": ["Destination with this Name already exists."]}


# --- changing ---------------------------------------------------------------------------------------------------------


def change(client: Client, destination: Destination, **changes: Any) -> Any:
    return client.post(page_of(destination), entered(**changes), follow=True)


def test_an_empty_secret_keeps_the_stored_one(owner: Client) -> None:
    destination = destination_with_secret()
    answer = change(owner, destination, config_url="https://new.example.com/", calls_at_once="7")
    destination.refresh_from_db()
    assert answer.redirect_chain[-1][1] == 302
    assert destination.settings["url"] == "https://new.example.com/"
    assert destination.read_secrets() == {"signing_secret": SECRET}
    assert destination.gate.calls_at_once == 7


def test_a_new_secret_takes_the_place_of_the_stored_one_which_stays_valid_beside_it(owner: Client) -> None:
    destination = destination_with_secret()
    newer = "whsec_" + "eHl6" * 8
    change(owner, destination, config_signing_secret=newer)
    destination.refresh_from_db()
    assert destination.read_secrets() == {"signing_secret": newer, "previous_signing_secret": SECRET}


def test_a_stored_secret_is_in_no_page_and_its_field_says_that_it_is_set(owner: Client) -> None:
    destination = destination_with_secret()
    page = owner.get(page_of(destination)).text
    assert SECRET not in page
    assert SECRET.removeprefix("whsec_") not in page
    field = re.search(r'<input[^>]*name="config_signing_secret"[^>]*>', page)
    assert field is not None
    assert "set; leave empty to keep it" in field[0]
    assert "value=" not in field[0]
    token = re.search(r'<input[^>]*name="config_bearer_token"[^>]*>', page)
    assert token is not None
    assert "set; leave empty" not in token[0]


def test_saving_writes_names_of_fields_into_the_log_and_no_values(owner: Client) -> None:
    destination = destination_with_secret()
    change(owner, destination, config_sign_in="bearer", config_bearer_token="t0ken-value")
    assert [(row, "Bearer token" in text) for _who, row, text in log()] == [("CRM", True)]
    assert "t0ken-value" not in str(all_rows())
    assert destination.gate is not None


def test_a_secret_that_no_key_opens_is_asked_for_again(owner: Client) -> None:
    destination = destination_with_secret(sign_in="bearer")
    destination.write_secrets({"bearer_token": "t0ken", "signing_secret": SECRET})
    destination.save()
    with override_settings(LEADCRM_FIELD_KEYS=[OTHER_KEY]):
        page = owner.get(page_of(destination))
        assert "set; leave empty" not in page.text
        answer = change(owner, destination, config_sign_in="bearer")
        assert errors_of(answer) == {
            "config_bearer_token": ["Bearer token: enter the token, or choose another sign-in."]
        }
        change(owner, destination, config_sign_in="bearer", config_bearer_token="anew")
        destination.refresh_from_db()
        assert destination.read_secrets()["bearer_token"] == "anew"


def test_a_destination_that_has_deliveries_cannot_be_deleted(owner: Client) -> None:
    destination = make_delivery().destination
    page = owner.get(page_of(destination))
    assert f"/{destination.pk}/delete/" not in page.text
    answer = owner.post(page_of(destination).replace("change", "delete"), {"post": "yes"})
    assert answer.status_code == 403
    assert Destination.objects.filter(pk=destination.pk).exists()


def test_a_destination_without_deliveries_is_deleted_with_its_routes(owner: Client) -> None:
    destination = make_destination()
    make_route(destination)
    owner.post(page_of(destination).replace("change", "delete"), {"post": "yes"})
    assert (Destination.objects.count(), Route.objects.count()) == (0, 0)


# --- whoever may not change it ----------------------------------------------------------------------------------------


def test_ops_see_the_settings_in_words_and_of_secrets_only_that_they_are_set(ops: Client) -> None:
    destination = destination_with_secret(sign_in="basic", user_name="robot")
    destination.write_secrets({"signing_secret": SECRET, "password": "hunter2"})
    destination.save()
    answer = ops.get(page_of(destination))
    shown = dict(answer.context["settings"])
    assert shown["URL"] == "https://crm.example.com/leads"
    assert shown["Sign-in"] == "User name and password (Basic)"
    assert shown["User name"] == "robot"
    assert shown["Password"] == shown["Signing secret"] == "set"
    assert shown["Sign each request"] == "yes"
    assert "Bearer token" not in shown
    assert "hunter2" not in answer.text
    assert SECRET not in answer.text
    assert "Send a test lead" in answer.text


@pytest.mark.parametrize("group", [SALES, SALES_LEAD, OPS])
def test_what_an_address_carries_behind_its_question_mark_is_shown_to_nobody_else(enter: Enter, group: str) -> None:
    destination = destination_with_secret(url="https://u:p4ss@f.example.com/api?code=T0PKEY&x=1#frag")
    answer = enter(group).get(page_of(destination))
    assert dict(answer.context["settings"])["URL"] == "https://f.example.com/api?[redacted]"
    for secret in ("T0PKEY", "p4ss", "frag"):
        assert secret not in answer.text


def test_ops_change_nothing_by_posting_the_form(ops: Client) -> None:
    destination = destination_with_secret()
    before = all_rows()
    ops.post(page_of(destination), entered(config_url="https://evil.example/"))
    assert all_rows() == before


def test_sales_see_a_destination_without_its_buttons(sales: Client) -> None:
    page = sales.get(page_of(destination_with_secret())).text
    assert "https://crm.example.com/leads" in page
    for label in ("Send a test lead", "Check", "Pause"):
        assert f">{label}<" not in page
    assert 'class="lc-act"' not in page


def test_a_kind_that_this_version_does_not_know_is_shown_and_stays_as_it_is(owner: Client) -> None:
    destination = make_destination(kind="fax", settings={"number": "12"})
    before = all_rows()
    assert "This version of Lead CRM does not know this kind" in owner.get(page_of(destination)).text
    owner.post(page_of(destination), entered())
    assert all_rows() == before
    assert "fax" in owner.get(address_of("leads_destination_changelist")).text


def test_a_new_destination_begins_with_the_choice_of_its_kind(owner: Client) -> None:
    page = owner.get("/admin/leads/destination/add/")
    text = page.content.decode()
    assert [slug in text for slug in ("?kind=https", "?kind=dynamics365", "?kind=salesforce")] == [True, True, True]
    assert owner.get("/admin/leads/destination/add/?kind=nonsense").context["kinds"] == list(KINDS.items())


def test_a_kind_that_is_not_recommended_says_why_and_begins_switched_off(owner: Client) -> None:
    kinds = owner.get("/admin/leads/destination/add/").content.decode()
    caution = str(KINDS["marketo_form"].caution)
    assert caution in kinds
    page = owner.get("/admin/leads/destination/add/?kind=marketo_form")
    assert caution in page.content.decode()
    assert page.context["adminform"].form["enabled"].initial is False
    assert owner.get(ADD).context["adminform"].form["enabled"].initial is True


def test_a_system_that_must_be_called_once_at_a_time_is(owner: Client) -> None:
    field = owner.get("/admin/leads/destination/add/?kind=marketo").context["adminform"].form["calls_at_once"]
    assert (field.initial, field.field.disabled) == (1, True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_every_kind_has_the_look_of_the_admin(kind: str) -> None:
    plain = [name for name, field in form_for(kind).base_fields.items() if name.startswith(PREFIX)
             and type(field.widget).__module__.startswith("django.")]  # fmt: skip
    assert plain == []


@pytest.mark.parametrize(
    ("kind", "most"),
    [("salesforce_web_to_lead", ("500", "86400")), ("hubspot", ("300", "60")), ("marketo", ("150", "60"))],
)
def test_a_kind_whose_vendor_limits_calls_begins_with_that(owner: Client, kind: str, most: tuple[str, str]) -> None:
    page = owner.get(f"{address_of('leads_destination_add')}?kind={kind}")
    form = page.context["adminform"].form
    shown = [str(form.get_initial_for_field(form.fields[name], name)) for name in ("rate_calls", "rate_seconds")]
    assert tuple(shown) == most


def test_a_rate_is_kept_and_a_new_one_begins_with_a_full_bucket(owner: Client) -> None:
    destination = destination_with_secret()
    DestinationGate.objects.update(rate_calls=10, rate_seconds=60, tokens=0.0)
    typed = entered(name="CRM")
    for calls, seconds, tokens in ((10, 60, 0.0), (20, 3600, None), (None, 3600, None)):
        answer = owner.post(page_of(destination), typed | {"rate_calls": calls or "", "rate_seconds": str(seconds)})
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        gate = DestinationGate.objects.get()
        assert (gate.rate_calls, gate.rate_seconds, gate.tokens) == (calls, seconds, tokens)


def test_a_rate_of_nothing_is_refused(owner: Client) -> None:
    destination = destination_with_secret()
    typed = entered(name="CRM")
    answer = owner.post(page_of(destination), typed | {"rate_calls": "0", "rate_seconds": "60"})
    assert answer.context["adminform"].form.errors["rate_calls"] == ["Ensure this value is greater than or equal to 1."]
