"""`$batch`: lines, boundaries, sizes, both ways to meet an error, change sets."""

import json
import re
import uuid
from typing import Any

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import (
    API,
    LEAD,
    LEAD_ID,
    OTHER_ID,
    Caller,
    code,
    last_request,
    leads,
    message,
)
from tests.integrations.sandbox.sender import Reply

GO_ON = {"Prefer": "odata.continue-on-error"}
IDS = [str(uuid.UUID(int=number, version=4)) for number in range(1001)]
PART = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"


def operation(method: str, target: str, content: Any = None, headers: str = "If-None-Match: *\r\n") -> str:
    body = "" if content is None else json.dumps(content)
    kind = "Content-Type: application/json; type=entry\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\n{kind}{headers}\r\n{body}"


def patch(lead_id: str, content: Any = LEAD) -> str:
    return operation("PATCH", f"{API}/leads({lead_id})", content)


def part(text: str, number: int | None = None) -> str:
    return f"{PART}{f'Content-ID: {number}\r\n' if number else ''}\r\n{text}"


def change_set(operations: list[str], boundary: str = "changeset_1") -> str:
    inner = joined([part(text, number) for number, text in enumerate(operations, 1)], boundary)
    return f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n{inner}'


def joined(parts: list[str], boundary: str = "batch_7f3") -> str:
    return "".join(f"--{boundary}\r\n{text}\r\n" for text in parts) + f"--{boundary}--\r\n"


def send(caller: Caller, body: str, headers: dict[str, str] | None = None, boundary: str = "batch_7f3") -> Reply:
    kind = {"Content-Type": f'multipart/mixed; boundary="{boundary}"'}
    return caller.call("POST", "$batch", body.encode(), {**kind, **(headers or {})})


def statuses(reply: Reply) -> list[int]:
    """The status of each part, change sets opened."""
    return [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d+) ", reply.body, re.MULTILINE)]


def keys(dataverse: Dataverse) -> list[str]:
    return [record["key"] for record in leads(dataverse)]


def test_one_answer_comes_back_for_each_request_in_order(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch(key=OTHER_ID)
    bodies = [patch(LEAD_ID), patch(OTHER_ID), operation("GET", f"{API}/WhoAmI", headers=""), patch(IDS[0], {"x": 1})]
    reply = send(caller, joined([part(body) for body in bodies]), GO_ON)
    assert reply.status == 200
    boundary = re.fullmatch(r"multipart/mixed; boundary=(batchresponse_\S+)", reply.headers["content-type"])
    assert boundary
    assert statuses(reply) == [204, 412, 200, 400]
    first, second, third, fourth = reply.body.decode().split(f"--{boundary[1]}\r\n")[1:]
    entity = f"OData-EntityId: {dataverse.url}{API}/leads({LEAD_ID})"
    assert first == f"{PART}\r\nHTTP/1.1 204 No Content\r\n{entity}\r\nOData-Version: 4.0\r\n\r\n\r\n"
    assert '"code": "0x80040237"' in second
    assert '"UserId"' in third
    assert fourth.endswith(f"\r\n--{boundary[1]}--\r\n")
    assert "Invalid property 'x'" in fourth
    assert last_request(dataverse)["collection"] == "batch"


def test_without_the_preference_the_first_failure_ends_it(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch(key=OTHER_ID)
    reply = send(caller, joined([part(patch(one)) for one in (IDS[0], OTHER_ID, IDS[1])]))
    assert (reply.status, statuses(reply)) == (412, [204, 412])
    assert sorted(keys(dataverse)) == sorted([OTHER_ID, IDS[0]])


def test_a_thousand_requests_are_taken_and_one_more_is_not(dataverse: Dataverse, caller: Caller) -> None:
    reply = send(caller, joined([part(patch(lead_id, {"subject": "x"})) for lead_id in IDS]), GO_ON)
    assert code(reply) == (400, "0x0")
    assert "too many parts" in message(reply)
    assert leads(dataverse) == []
    reply = send(caller, joined([part(patch(lead_id, {"subject": "x"})) for lead_id in IDS[:1000]]), GO_ON)
    assert statuses(reply) == [204] * 1000
    assert len(leads(dataverse)) == 1000


def test_the_requests_of_a_change_set_count_one_by_one(dataverse: Dataverse, caller: Caller) -> None:
    operations = [patch(lead_id, {"subject": "x"}) for lead_id in IDS]
    assert code(send(caller, joined([change_set(operations)]))) == (400, "0x0")
    assert leads(dataverse) == []


GOOD = joined([part(patch(LEAD_ID))])


@pytest.mark.parametrize(
    "body",
    [
        GOOD.replace("\r\n", "\n"),
        GOOD.replace("If-None-Match: *\r\n", "If-None-Match: *\n"),
        GOOD.replace('{"subject"', '{\n"subject"'),
        GOOD.removesuffix("\r\n"),
        GOOD.removesuffix("--batch_7f3--\r\n"),
        GOOD.replace("batch_7f3", "batch_other"),
        GOOD.replace(" HTTP/1.1", ""),
        GOOD.replace("application/http", "text/plain"),
        GOOD.replace("Content-Transfer-Encoding: binary\r\n", ""),
        GOOD.replace("If-None-Match: *", "If-None-Match"),
        f"preamble\r\n{GOOD}",
        "",
        "--batch_7f3\r\n--batch_7f3--\r\n",
    ],
)
def test_a_batch_that_is_not_well_formed_is_refused_as_a_whole(dataverse: Dataverse, caller: Caller, body: str) -> None:
    assert code(send(caller, body, GO_ON)) == (400, "0x80048d19")
    assert leads(dataverse) == []


def test_the_content_type_must_be_multipart(caller: Caller) -> None:
    for kind in ("application/json", "multipart/mixed", "multipart/form-data; boundary=batch_7f3"):
        assert send(caller, GOOD, {"Content-Type": kind}).status == 415


def test_an_empty_batch_has_an_empty_answer(caller: Caller) -> None:
    reply = send(caller, "--batch_7f3--\r\n")
    assert (reply.status, statuses(reply)) == (200, [])


@pytest.mark.parametrize("target", ["leads({})", "{url}" + API + "/leads({})", API + "/leads({})"])
def test_targets_may_be_absolute_or_relative(dataverse: Dataverse, caller: Caller, target: str) -> None:
    address = target.replace("{url}", dataverse.url).replace("{}", LEAD_ID)
    assert statuses(send(caller, joined([part(operation("PATCH", address, LEAD))]))) == [204]
    assert keys(dataverse) == [LEAD_ID]


def test_a_batch_inside_a_batch_is_no_resource(caller: Caller) -> None:
    assert statuses(send(caller, joined([part(operation("POST", f"{API}/$batch", {}))]))) == [404]


def test_every_request_of_a_batch_counts_against_the_limit(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"limits": {"requests": 3}})
    reply = send(caller, joined([part(patch(lead_id)) for lead_id in IDS[:4]]), GO_ON)
    assert (reply.status, statuses(reply)) == (200, [204, 204, 429, 429])
    assert reply.body.count(b"Retry-After: 300\r\n") == 2
    reply = send(caller, joined([part(patch(LEAD_ID))]))
    assert (reply.status, code(reply)) == (429, (429, "0x80072322"))


def test_a_limit_met_on_the_way_is_the_status_of_the_whole(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"limits": {"requests": 2}})
    reply = send(caller, joined([part(patch(lead_id)) for lead_id in IDS[:3]]))
    assert (reply.status, statuses(reply), reply.headers["retry-after"]) == (429, [204, 429], "300")


class TestChangeSet:
    """Requests that belong together."""

    def test_all_are_carried_out(self, dataverse: Dataverse, caller: Caller) -> None:
        reply = send(caller, joined([change_set([patch(LEAD_ID), patch(OTHER_ID)])]))
        assert (reply.status, statuses(reply)) == (200, [204, 204])
        assert re.search(rb"Content-Type: multipart/mixed; boundary=changesetresponse_\S+\r\n\r\n", reply.body)
        assert [int(number) for number in re.findall(rb"Content-ID: (\d+)\r\n", reply.body)] == [1, 2]
        assert sorted(keys(dataverse)) == sorted([LEAD_ID, OTHER_ID])

    def test_or_none_with_one_error_for_the_whole_set(self, dataverse: Dataverse, caller: Caller) -> None:
        parts = [change_set([patch(LEAD_ID), patch(IDS[0], {"x": 1}), patch(IDS[1])]), part(patch(OTHER_ID))]
        reply = send(caller, joined(parts), GO_ON)
        assert (reply.status, statuses(reply)) == (200, [400, 204])
        assert keys(dataverse) == [OTHER_ID]

    def test_a_failed_set_ends_the_batch_without_the_preference(self, dataverse: Dataverse, caller: Caller) -> None:
        reply = send(caller, joined([change_set([patch(LEAD_ID), patch(LEAD_ID)]), part(patch(OTHER_ID))]))
        assert (reply.status, statuses(reply)) == (412, [412])
        assert leads(dataverse) == []

    def test_it_may_not_read(self, dataverse: Dataverse, caller: Caller) -> None:
        reply = send(caller, joined([change_set([patch(LEAD_ID), operation("GET", f"{API}/WhoAmI")])]))
        assert code(reply) == (400, "0x80048d19")
        assert "An invalid HTTP method 'GET' was detected" in message(reply)
        assert leads(dataverse) == []

    @pytest.mark.parametrize("number", ["", "Content-ID: 1\r\n"])
    def test_every_request_has_a_number_of_its_own(self, caller: Caller, number: str) -> None:
        body = joined([change_set([patch(LEAD_ID), patch(OTHER_ID)])]).replace("Content-ID: 2\r\n", number)
        assert code(send(caller, body)) == (400, "0x80048d19")

    def test_a_boundary_may_begin_like_the_outer_one(self, dataverse: Dataverse, caller: Caller) -> None:
        body = joined([change_set([patch(LEAD_ID)], "batch_12")], "batch_1")
        assert statuses(send(caller, body, boundary="batch_1")) == [204]
        assert keys(dataverse) == [LEAD_ID]
