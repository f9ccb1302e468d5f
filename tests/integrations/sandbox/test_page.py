"""The page: what it shows, in which language, what its buttons do, and that nothing on it can bite."""

import re
from typing import Any

import pytest

from integrations.sandbox.arrivals import Note
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.receiver import Receiver
from tests.integrations.sandbox.browsing import page, press, visible
from tests.integrations.sandbox.sender import LEAD, SECRET, Reply, post, post_signed, send


class WithTokens(Receiver):
    """A system that has tokens, and words that no text was written for."""

    revoked = 0

    def revoke_tokens(self) -> None:
        self.revoked += 1

    def answer(self, request: Request) -> tuple[Answer, Note]:
        return Answer(404), Note(findings={"refused": "no_such_thing"})


HOSTILE = "<script>alert(1)</script>\"'&"


def faults(sandbox: Receiver) -> list[dict[str, Any]]:
    return [
        {name: fault[name] for name in ("action", "times", "delay", "status") if name in fault} | fault["match"]
        for fault in sandbox.control("faults")["faults"]
    ]


def test_the_empty_page_says_what_to_do(sandbox: Receiver) -> None:
    text = visible(page(sandbox))
    assert "Nothing has arrived yet In Lead CRM, make a destination with the values under “What to enter”" in text
    assert "Requests 0 Kept 0" in text
    assert "None. Requests are answered as usual." in text
    assert f"{sandbox.url}/hook Signature not checked: no secret set · 0 kept" in text


def test_an_arrival_is_shown_with_person_id_signature_and_shape(sandbox: Receiver) -> None:
    sandbox.control("config", {"receiver": "sales", "secrets": [SECRET]})
    post_signed(sandbox.url, path="/hook/sales", message_id="msg-1")
    post_signed(sandbox.url, path="/hook/sales", message_id="msg-1")
    text = visible(page(sandbox))
    assert (
        "Mina Park mina.park@fabrikam.example POST /hook/sales · msg-1 · received 2 times "
        "Signature valid Documented shape Repeat 200" in text
    )
    assert "Requests 2 Kept 1" in text
    assert "Signature required · 1 kept" in text


def test_the_newest_is_first(sandbox: Receiver) -> None:
    for number in range(3):
        post_signed(sandbox.url, message_id=f"msg-{number}")
    arrived, kept = page(sandbox).split('<section id="kept"')
    for listed in (arrived, kept):
        assert re.findall(r"<code>(msg-\d)</code>", listed) == ["msg-2", "msg-1", "msg-0"]


def test_a_refusal_says_why(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET]})
    post(sandbox.url)
    text = visible(page(sandbox))
    assert "POST /hook · no webhook-id Not signed A valid signature is required Documented shape 401" in text


def test_a_played_failure_is_marked_as_such(sandbox: Receiver) -> None:
    sandbox.control("faults", [{"action": "respond"}, {"action": "drop_before"}])
    post_signed(sandbox.url)
    with pytest.raises(ConnectionResetError):
        post_signed(sandbox.url)
    text = visible(page(sandbox))
    assert "Made to fail: Reset the connection, keep nothing No answer" in text
    assert "Made to fail: Answer 503 503" in text


def test_only_the_latest_hundred_are_shown(sandbox: Receiver) -> None:
    for _ in range(101):
        post_signed(sandbox.url)
    html = page(sandbox)
    assert html.count('<details id="arrival-') == 100
    assert "The latest 100 of 101." in html


def test_everything_from_outside_is_escaped(sandbox: Receiver) -> None:
    lead = {**LEAD, "UserDetails": {"FirstName": HOSTILE, "LastName": HOSTILE, "Email": HOSTILE}}
    post_signed(sandbox.url, lead, message_id=HOSTILE.replace(" ", ""), headers={"X-Odd": HOSTILE})
    send(sandbox.url, "POST", f"/{HOSTILE}?{HOSTILE}", HOSTILE.encode())
    sandbox.control("faults", {"action": "respond", "match": {"method": HOSTILE, "path": HOSTILE}})
    html = page(sandbox)
    assert "alert(1)" in html
    assert html.count("<script>") == 1
    assert html.count("&lt;script&gt;") >= 8
    assert "&quot;&#x27;&amp;" in html
    assert HOSTILE not in html


def test_bytes_that_are_no_text_do_not_break_the_page(sandbox: Receiver) -> None:
    post(sandbox.url, b"\xff\x00\xfe")
    assert "The body is not UTF-8 text" in page(sandbox)


def test_a_large_body_is_cut_and_says_so(sandbox: Receiver) -> None:
    post(sandbox.url, b" " * 20_001)
    assert "Only the first 20000 of 20001 bytes are shown." in page(sandbox)


def test_credentials_are_hidden_and_the_rest_of_the_request_is_there(sandbox: Receiver) -> None:
    sandbox.control("config", {"headers": {"X-Api-Key": "s3cret-key"}})
    post_signed(
        sandbox.url, headers={"Authorization": "Bearer s3cret-token", "x-api-key": "s3cret-key", "X-Open": "shown"}
    )
    html = page(sandbox).partition('id="arrived"')[2]
    assert "s3cret" not in html
    assert "<b>x-api-key:</b> <i>hidden</i>" in html
    assert "<b>X-Open:</b> shown" in html
    assert "Need a quote for 20 seats" in html


@pytest.mark.parametrize(
    ("target", "accepted", "language", "title"),
    [
        ("/", "", "en", "Sandbox receiver"),
        ("/", "ko-KR,ko;q=0.9,en;q=0.8", "ko", "샌드박스 수신기"),
        ("/", "en;q=0.5, ko;q=0.7", "ko", "샌드박스 수신기"),
        ("/", "fr, ko;q=0, de;q=x", "en", "Sandbox receiver"),
        ("/?lang=ko", "en", "ko", "샌드박스 수신기"),
        ("/?lang=en", "ko", "en", "Sandbox receiver"),
        ("/?lang=xx", "ko", "ko", "샌드박스 수신기"),
    ],
)
def test_the_language_is_the_reader_s(sandbox: Receiver, target: str, accepted: str, language: str, title: str) -> None:
    html = page(sandbox, target, **{"Accept-Language": accepted})
    assert f'<html lang="{language}">' in html
    assert f"<h1>{title}</h1>" in html


def test_nothing_is_loaded_from_elsewhere_and_only_its_own_script_runs(sandbox: Receiver) -> None:
    reply = send(sandbox.url, "GET", "/")
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert re.findall(r'(?:src|href|action)="([^"]*)"', reply.body.decode()) == [
        "data:,",
        "/?lang=en",
        "/?lang=ko",
        *["/"] * 4,
    ]
    post_signed(sandbox.url)
    reply = send(sandbox.url, "GET", "/")
    assert reply.headers["content-security-policy"] == policy
    assert "http" not in re.sub(re.escape(sandbox.url), "", reply.body.decode())


@pytest.mark.parametrize(
    ("preset", "fault"),
    [
        ("refuse_twice", {"action": "respond", "status": 503, "times": 2}),
        ("throttle", {"action": "respond", "status": 429, "times": 1}),
        ("lose_answer", {"action": "commit_then_drop", "times": 1}),
        ("outage", {"action": "respond", "status": 503, "times": None}),
    ],
)
def test_a_ready_made_failure_is_one_press(sandbox: Receiver, preset: str, fault: dict[str, Any]) -> None:
    reply = press(sandbox, preset=preset)
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert faults(sandbox) == [{"delay": 0, "method": None, "path": None, **fault}]


def test_the_form_plans_any_failure(sandbox: Receiver) -> None:
    press(sandbox, action="respond", status="500", delay="2.5", times="3", address="/hook")
    press(sandbox, action="redirect", status="503", delay="", times="", address="")
    assert faults(sandbox) == [
        {"action": "respond", "status": 500, "delay": 2.5, "times": 3, "method": None, "path": "/hook"},
        {"action": "redirect", "status": 307, "delay": 0, "times": None, "method": None, "path": None},
    ]
    text = visible(page(sandbox))
    assert "Answer 500 3 left · after 2.5 s · /hook Clear" in text
    assert "Redirect elsewhere until cleared Clear Clear all" in text


def test_a_form_that_cannot_be_taken_says_why_in_the_reader_s_language(sandbox: Receiver) -> None:
    reply = press(sandbox, "/?lang=ko", action="respond", status="x", times="1")
    assert reply.status == 400
    assert '<p class="notice" role="alert">status: 200에서 599까지의 정수여야 합니다.</p>' in reply.body.decode()
    assert faults(sandbox) == []


def test_one_waiting_failure_or_all_can_be_cleared(sandbox: Receiver) -> None:
    for preset in ("refuse_twice", "throttle", "lose_answer"):
        press(sandbox, preset=preset)
    first = sandbox.control("faults")["faults"][0]["number"]
    press(sandbox, clear=first)
    assert [fault["status"] for fault in faults(sandbox) if "status" in fault] == [429]
    press(sandbox, clear="all")
    assert faults(sandbox) == []


def test_what_to_enter_is_shown_with_a_button_to_copy_it(sandbox: Receiver) -> None:
    html = page(sandbox)
    assert f'data-copy="{sandbox.url}/hook" data-copied="Copied" aria-label="Copy: URL"' in html
    assert (
        "What to enter In Lead CRM, add a destination of this kind. What is not named here stays as it is. "
        f"HTTPS endpoint URL {sandbox.url}/hook Copy Method POST Sign-in None" in visible(html)
    )


def test_the_other_systems_of_the_process_are_linked(sandbox: Receiver) -> None:
    assert 'class="systems"' not in page(sandbox)
    sandbox.neighbours = [("receiver", sandbox.page_url), ("receiver", "http://127.0.0.1:1/")]
    try:
        html = page(sandbox, "/?lang=ko")
    finally:
        sandbox.neighbours = []
    assert f'<a href="{sandbox.page_url}?lang=ko" aria-current=page>수신기</a>' in html
    assert '<a href="http://127.0.0.1:1/?lang=ko"' in html


def test_a_record_is_shown_with_its_fields_and_its_history(sandbox: Receiver) -> None:
    for _ in range(2):
        post_signed(sandbox.url, message_id="msg-1")
    kept = visible(page(sandbox).partition('<section id="kept"')[2])
    assert "What is kept Kept 1" in kept
    assert "Mina Park mina.park@fabrikam.example msg-1 · came again shape documented signature unchecked" in kept
    assert re.search(r"History \S+ came again \S+ created Field", kept)


def test_only_the_latest_thirty_records_are_shown(sandbox: Receiver) -> None:
    for number in range(31):
        post_signed(sandbox.url, message_id=f"msg-{number}")
    html = page(sandbox)
    assert html.count('<details id="record-') == 30
    assert "The latest 30 of 31." in html


def edit(sandbox: Receiver, **form: Any) -> Reply:
    return press(sandbox, edit="", collection="", key="msg-1", **form)


def fields(sandbox: Receiver) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.control("records")["records"][0]["fields"]
    return found


def test_a_field_is_changed_as_a_person_would(sandbox: Receiver) -> None:
    post_signed(sandbox.url, message_id="msg-1")
    assert edit(sandbox, field="shape", value="다른 값 \"'<").status == 303
    assert fields(sandbox)["shape"] == "다른 값 \"'<"
    text = visible(page(sandbox))
    assert "edited by a person" in text
    assert "received once" in text


def test_a_changed_value_stays_of_its_kind(sandbox: Receiver) -> None:
    post_signed(sandbox.url, message_id="msg-1")
    sandbox.control(
        "records", {"collection": "", "key": "msg-1", "fields": {"seats": 20, "open": True, "note": None, "zip": "01"}}
    )
    for field, value in (("seats", "21"), ("open", "false"), ("note", "7"), ("zip", "02")):
        assert edit(sandbox, field=field, value=value).status == 303
    assert fields(sandbox) | {"seats": 21, "open": False, "note": "7", "zip": "02"} == fields(sandbox)
    assert edit(sandbox, field="seats", value="many").status == 400
    assert fields(sandbox)["seats"] == 21


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"field": "nonsense", "value": "1"}, "field: not known here; remove it or check its spelling."),
        ({"field": "shape", "key": "msg-2"}, "key: no record of this collection has this key."),
    ],
)
def test_an_edit_that_cannot_be_made_says_why(sandbox: Receiver, form: dict[str, str], message: str) -> None:
    post_signed(sandbox.url, message_id="msg-1")
    reply = press(sandbox, **{"edit": "", "collection": "", "key": "msg-1", **form})
    assert reply.status == 400
    assert f'<p class="notice" role="alert">{message}</p>' in reply.body.decode()
    assert fields(sandbox)["shape"] == "documented"


def test_a_record_is_removed_by_its_button(sandbox: Receiver) -> None:
    for message_id in ("msg-1", "msg-2"):
        post_signed(sandbox.url, message_id=message_id)
    assert press(sandbox, remove="", collection="", key="msg-1").status == 303
    assert [record["key"] for record in sandbox.control("records")["records"]] == ["msg-2"]


def test_tokens_are_revoked_by_a_button_only_where_there_are_some(sandbox: Receiver) -> None:
    assert "Revoke all tokens" not in page(sandbox)
    assert press(sandbox, revoke="").status == 400
    with WithTokens.running() as system:
        assert '<button name="revoke">Revoke all tokens</button>' in page(system)
        assert press(system, revoke="").status == 303
        assert system.revoked == 1
        assert system.control("tokens/revoke", method="POST") == {}
        assert system.revoked == 2


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/token", b"grant_type=client_credentials&client_secret=s3cret&scope=x"),
        ("/token", b'{"client_secret": "s3cret", "scope": "x"}'),
        ("/identity?client_secret=s3cret&grant_type=x", b""),
    ],
)
def test_the_secret_of_a_token_request_is_covered(sandbox: Receiver, target: str, body: bytes) -> None:
    send(sandbox.url, "POST", target, body)
    html = page(sandbox)
    assert "s3cret" not in html
    assert "client_secret" in html
    assert "<i>hidden</i>" in html


def test_words_of_a_system_that_nobody_wrote_a_text_for_are_shown_as_they_are() -> None:
    with WithTokens.running() as system:
        send(system.url, "POST", "/")
        send(system.url, "POST", "/api")
        text = visible(page(system))
    assert "no_such_thing 404" in text


def test_forgetting_empties_the_page_and_keeps_the_settings(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET]})
    post_signed(sandbox.url)
    press(sandbox, preset="outage")
    assert press(sandbox, forget="").status == 303
    assert (sandbox.control("records")["count"], sandbox.control("requests")["count"], faults(sandbox)) == (0, 0, [])
    assert post(sandbox.url).status == 401


def test_a_chosen_language_stays_chosen(sandbox: Receiver) -> None:
    assert press(sandbox, "/?lang=ko", preset="outage").headers["location"] == "/?lang=ko"
    assert 'action="/?lang=ko"' in page(sandbox, "/?lang=ko")


def test_another_site_cannot_press_the_buttons(sandbox: Receiver) -> None:
    assert press(sandbox, origin="http://evil.example", preset="outage").status == 403
    assert faults(sandbox) == []


def test_an_unreadable_form_does_no_harm(sandbox: Receiver) -> None:
    reply = send(sandbox.url, "POST", "/", b"\xff=&&;%zz" * 1000, {"Origin": sandbox.url})
    assert reply.status == 400
    assert faults(sandbox) == []


def test_a_clock_that_is_not_the_real_one_is_announced(sandbox: Receiver) -> None:
    assert "The clock of the sandbox is set to" not in page(sandbox)
    sandbox.control("clock", {"at": 1614265330})
    assert re.search(r"The clock of the sandbox is set to 2021-02-2\d ", page(sandbox))


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_are_not_for_the_page(sandbox: Receiver, method: str) -> None:
    reply = send(sandbox.url, method, "/")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, POST")
