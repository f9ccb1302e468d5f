"""The legacy form post: both handlers, the form's definition, and the ways it fails without a word."""

import json

import pytest

from tests.integrations.sandbox.marketo.caller import GET_FORM, MINA, POSTED, SAVE, SAVE2, Caller, reasons
from tests.integrations.sandbox.sender import as_bytes, send

FORM = f"{GET_FORM}?munchkinId=5A5-SBX-000&form=1179"


def test_a_post_keeps_the_person_and_logs_the_form(caller: Caller) -> None:
    reply = caller.post_form()
    follow_up = "https://publisher.example/thank-you.html"
    assert (reply.status, reply.content) == (200, {"formId": "1179", "followUpUrl": follow_up, "aliId": 1})
    [person] = caller.kept()
    assert person == {
        "id": 318581,
        "email": MINA["email"],
        "firstName": "Mina",
        "lastName": "Park",
        "company": "Fabrikam",
        "partitionName": "Default",
    }
    [activity] = caller.kept("activities")
    assert (activity["leadId"], activity["formId"], activity["pageURL"], activity["by"]) == (
        318581,
        1179,
        POSTED["_mktoReferrer"],
        "save2",
    )
    assert caller.last_findings() == {"arrival": "created"}


def test_the_older_handler_leads_to_the_follow_up_page(caller: Caller) -> None:
    reply = caller.post_form(SAVE)
    assert (reply.status, reply.body) == (302, b"")
    assert reply.headers["location"] == "https://publisher.example/thank-you.html?aliId=1"
    assert len(caller.kept()) == 1


def test_people_are_merged_by_e_mail_and_each_post_is_logged(caller: Caller) -> None:
    caller.post_form()
    caller.post_form(Email="MINA.PARK@fabrikam.example", Company="Contoso")
    assert [person["company"] for person in caller.kept()] == ["Contoso"]
    assert [activity["leadId"] for activity in caller.kept("activities")] == [318581, 318581]
    assert reasons(caller.sync(MINA)) == ["updated"]


def test_fields_the_form_does_not_have_are_dropped_without_a_word(caller: Caller) -> None:
    assert caller.post_form(firstName="x", Website="https://a.example", id="7").status == 200
    assert caller.kept()[0].keys() == {"id", "email", "firstName", "lastName", "company", "partitionName"}


def test_long_values_are_cut_without_a_word(caller: Caller) -> None:
    caller.post_form(Company="x" * 300)
    assert caller.kept()[0]["company"] == "x" * 255


@pytest.mark.parametrize(
    "wrong",
    [{"formid": "1180", "formVid": "1180"}, {"formid": None}, {"munchkinId": "123-PQR-789"}, {"formVid": "1"}],
)
@pytest.mark.parametrize("path", [SAVE, SAVE2])
def test_an_unknown_form_is_answered_with_a_page_or_400(
    caller: Caller, path: str, wrong: dict[str, str | None]
) -> None:
    reply = caller.post_form(path, **wrong)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    caller.configure(unknown_form="400")
    assert caller.post_form(path, **wrong).status == 400
    assert caller.last_findings() == {"refused": "form"}
    assert (caller.kept(), caller.kept("activities")) == ([], [])


def test_what_is_no_form_is_an_unknown_form(caller: Caller) -> None:
    reply = send(caller.marketo.url, "POST", SAVE2, as_bytes(POSTED), {"Content-Type": "application/json"})
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert caller.kept() == []


def test_a_missing_or_malformed_e_mail_is_complained_about_with_status_200(caller: Caller) -> None:
    for email in (None, "", "bad"):
        reply = caller.post_form(Email=email)
        assert reply.status == 200
        assert reply.content == {
            "error": True,
            "errorCode": "400",
            "errorType": "invalid",
            "errorFields": ["Email"],
            "message": "Form validation failed",
        }
    reply = caller.post_form(SAVE, Email="bad")
    assert (reply.status, "error=invalid" in reply.headers["location"]) == (302, True)
    assert caller.kept() == []


def test_checksum_protection_refuses_or_drops(caller: Caller) -> None:
    caller.configure(checksum="refuse")
    assert [caller.post_form(path).status for path in (SAVE, SAVE2)] == [400, 400]
    caller.configure(checksum="drop")
    reply = caller.post_form()
    assert (reply.status, reply.content["formId"]) == (200, "1179")
    assert caller.post_form(SAVE).status == 302
    assert caller.last_findings() == {"refused": "checksum"}
    assert (caller.kept(), caller.kept("activities")) == ([], [])


def test_the_31st_post_in_a_minute_is_refused(caller: Caller) -> None:
    caller.marketo.control("clock", {"at": 1_795_327_200})
    assert [caller.post_form(SAVE if number % 2 else SAVE2).status for number in range(30)] == [200, 302] * 15
    assert [caller.post_form(path).status for path in (SAVE2, SAVE)] == [429, 429]
    assert caller.last_findings() == {"refused": "rate"}
    assert len(caller.kept("activities")) == 30
    caller.marketo.control("clock", {"at": 1_795_327_259.9})
    assert caller.post_form().status == 429
    caller.marketo.control("clock", {"at": 1_795_327_260})
    assert caller.post_form().status == 200


def test_a_lost_answer_leaves_the_post_kept(caller: Caller) -> None:
    caller.marketo.control("faults", {"action": "commit_then_drop", "match": {"path": SAVE2}})
    with pytest.raises(OSError, match=r".*"):
        caller.post_form()
    assert len(caller.kept("activities")) == 1


def test_the_form_shows_its_fields(caller: Caller) -> None:
    form = send(caller.marketo.url, "GET", FORM).content
    assert (form["Id"], form["Vid"], form["Name"]) == (1179, 1179, "Marketplace leads")
    fields = {row[0]["Name"]: row[0] for row in form["rows"]}
    assert list(fields) == ["Email", "FirstName", "LastName", "Phone", "Country", "Company", "Title", "LeadSource"]
    assert (fields["Email"]["IsRequired"], fields["Email"]["Datatype"]) == (True, "email")
    assert (fields["Company"]["IsRequired"], fields["Company"]["Maxlength"]) == (False, 255)


def test_the_form_comes_as_a_script_where_a_callback_is_named(caller: Caller) -> None:
    reply = send(caller.marketo.url, "GET", f"{FORM}&callback=jQuery37_1")
    assert reply.headers["content-type"] == "application/javascript; charset=utf-8"
    name, _, rest = reply.body.decode().partition("(")
    assert (name, json.loads(rest.removesuffix(");"))["Id"]) == ("jQuery37_1", 1179)
    assert send(caller.marketo.url, "GET", f"{FORM}&callback=%3Cscript%3E").content["Id"] == 1179


def test_an_unknown_form_has_no_fields_to_show(caller: Caller) -> None:
    for address in (GET_FORM, FORM.replace("1179", "1180"), FORM.replace("5A5", "123")):
        reply = send(caller.marketo.url, "GET", address)
        assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_account_id_may_be_in_lower_case(caller: Caller) -> None:
    assert send(caller.marketo.url, "GET", FORM.replace("SBX", "sbx")).content["Id"] == 1179


def test_other_methods_and_handlers_are_answered_by_status(caller: Caller) -> None:
    assert [send(caller.marketo.url, "GET", path).status for path in (SAVE, SAVE2)] == [405, 405]
    assert send(caller.marketo.url, "POST", GET_FORM).status == 405
    assert caller.post_form("/index.php/leadCapture/save3").status == 404
