"""The main job: a lead that is posted is kept, seen by sales within a second, and arrives once, signed."""

import json
import subprocess
import sys
import time

from leadcrm.embedded import CHECKOUT
from leads.marketplace.samples import body_of
from tests.flows import wire
from tests.flows.conftest import Lead
from tests.flows.installation import Installation, in_time
from tests.start.conftest import eventually

SEEN_WITHIN = 1.0


def test_sample_a_is_on_the_list_within_a_second_and_at_the_receiver_once(installation: Installation) -> None:
    for _visit in range(5):  # to both processes of the server: the first page of each takes longer
        assert not installation.admin.sees_on_list("Mina Park")
    receipt = installation.post(body_of("a_documented"))
    posted_at = time.monotonic()
    eventually(lambda: installation.admin.sees_on_list("Mina Park"), "on the list")
    assert time.monotonic() - posted_at < in_time(SEEN_WITHIN)
    delivery = installation.arrives_once(receipt, "mina.park@fabrikam.example")
    [attempt] = delivery["attempts"]
    assert (attempt["result"], attempt["http_status"], attempt["cause"]) == ("delivered", 200, "")
    sent = json.loads(attempt["exchange"]["request_body"])
    assert sent["data"] == {"id": delivery["touch"], **json.loads(body_of("a_documented"))}
    assert attempt["exchange"]["request_headers"]["webhook-signature"] == "[redacted]"


def test_people_see_what_was_sent_on_the_page_of_the_delivery(installation: Installation, lead: Lead) -> None:
    body, email = lead
    delivery = installation.arrives_once(installation.post(body), email)
    page = installation.admin.page(f"/admin/leads/delivery/{delivery['id']}/change/")
    assert email in page
    assert f"http://127.0.0.1:{installation.sandbox_port}/hook" in page


def test_a_chunked_body_arrives_as_net_s_client_sends_it(installation: Installation, lead: Lead) -> None:
    body, email = lead
    framed = wire.chunked(body[:100], body[100:])
    answer = wire.say(installation, wire.head(installation, "Transfer-Encoding: chunked"), *framed)
    assert (answer.status, answer.json["status"]) == (200, "accepted")
    installation.arrives_once(answer.json["receipt"], email)


def test_an_http_1_0_client_is_served(installation: Installation, lead: Lead) -> None:
    body, email = lead
    answer = wire.say(installation, wire.head(installation, f"Content-Length: {len(body)}", version="1.0") + body)
    assert (answer.status, answer.json["status"]) == (200, "accepted")
    installation.arrives_once(answer.json["receipt"], email)


def test_a_client_that_sends_piece_by_piece_is_waited_for(installation: Installation, lead: Lead) -> None:
    body, email = lead
    whole = wire.head(installation, f"Content-Length: {len(body)}") + body
    pieces = [whole[start : start + 40] for start in range(0, len(whole), 40)]
    answer = wire.say(installation, *pieces, pause=0.02)
    assert (answer.status, answer.json["status"]) == (200, "accepted")
    installation.arrives_once(answer.json["receipt"], email)


def test_a_client_that_waits_for_100_continue_is_served(installation: Installation, lead: Lead) -> None:
    body, email = lead
    with wire.connect(installation) as line:
        line.sendall(wire.head(installation, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert line.recv(1000).startswith(b"HTTP/1.1 100 ")
        line.sendall(body)
        answer = wire.read_answer(line)
    assert (answer.status, answer.json["status"]) == (200, "accepted")
    installation.arrives_once(answer.json["receipt"], email)


def test_a_receiver_in_trouble_twice_has_it_at_the_third_try(installation: Installation, lead: Lead) -> None:
    body, email = lead
    installation.receiver("faults", {"action": "respond", "status": 503, "times": 2})
    delivery = installation.arrives_once(installation.post(body), email)
    assert [attempt["http_status"] for attempt in delivery["attempts"]] == [200, 503, 503]
    assert [attempt["result"] for attempt in delivery["attempts"]] == ["delivered", "temporary", "temporary"]
    [record] = installation.records_of(email)
    assert record["times_received"] == 1


def test_an_answer_that_is_lost_makes_no_second_record(installation: Installation, lead: Lead) -> None:
    body, email = lead
    installation.receiver("faults", {"action": "commit_then_drop"})
    delivery = installation.arrives_once(installation.post(body), email)
    assert [attempt["result"] for attempt in delivery["attempts"]] == ["delivered", "unanswered"]
    [record] = installation.records_of(email)
    assert record["times_received"] == 2


def test_the_command_for_newcomers_posts_a_lead_that_arrives(installation: Installation) -> None:
    command = [sys.executable, "manage.py", "post_sample_lead", "b_camel_case", "--fresh", "--json"]
    ran = subprocess.run(command, cwd=CHECKOUT, env=installation.environ, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    [posted] = json.loads(ran.stdout)["posts"]
    assert posted["status"] == "accepted"
    assert posted["see"].startswith(f"http://127.0.0.1:{installation.port}/admin/leads/inboundrequest/")
    eventually(lambda: installation.admin.is_delivered(posted["receipt"]), "delivered")


def test_a_test_lead_of_the_marketplace_reaches_the_sandbox_too(installation: Installation) -> None:
    receipt = installation.post(body_of("i_test_lead"))
    eventually(lambda: installation.admin.is_delivered(receipt), "delivered")
