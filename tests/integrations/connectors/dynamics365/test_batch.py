"""Batches byte by byte: what is written, and what is made of answers, the torn ones included."""

import pytest

from integrations.connectors.dynamics365.batch import Part, Reply, headers_for, replies_in, written

MIXED = "multipart/mixed; boundary=batchresponse_1"


def reply(status: str, *headers: str, body: str = "") -> str:
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers])
    return (
        "--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"{head}\r\n\r\n{body}\r\n"
    )


END = "--batchresponse_1--\r\n"
CREATED = reply("204 No Content", "OData-Version: 4.0", "OData-EntityId: https://x/leads(1)")
REFUSED = reply("400 Bad Request", "Content-Type: application/json", body='{"error":{"code":"0x0"}}')


def read(*texts: str, content_type: str = MIXED) -> list[Reply] | None:
    return replies_in(content_type, "".join(texts).encode())


def test_a_batch_is_written_as_documented() -> None:
    parts = [
        Part("PATCH", "/api/data/v9.2/leads(1)", {"If-None-Match": "*"}, '{"a":"Zoë"}'.encode()),
        Part("PATCH", "/api/data/v9.2/leads(2)", {"If-None-Match": "*"}, b"{}"),
    ]
    assert (
        written(parts, "batch_7f3")
        == (
            "--batch_7f3\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            "PATCH /api/data/v9.2/leads(1) HTTP/1.1\r\nIf-None-Match: *\r\n\r\n"
            '{"a":"Zoë"}\r\n'
            "--batch_7f3\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            "PATCH /api/data/v9.2/leads(2) HTTP/1.1\r\nIf-None-Match: *\r\n\r\n"
            "{}\r\n"
            "--batch_7f3--\r\n"
        ).encode()
    )
    assert headers_for("batch_7f3") == {
        "Content-Type": "multipart/mixed; boundary=batch_7f3", "Prefer": "odata.continue-on-error",
    }  # fmt: skip


def test_the_replies_come_in_their_order() -> None:
    assert read(CREATED, REFUSED, END) == [
        Reply(204, {"odata-version": "4.0", "odata-entityid": "https://x/leads(1)"}, b""),
        Reply(400, {"content-type": "application/json"}, b'{"error":{"code":"0x0"}}'),
    ]


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/mixed; boundary="batchresponse_1"', "Multipart/Mixed;boundary=batchresponse_1",
        "multipart/mixed; charset=utf-8; boundary=batchresponse_1; x=y", f"  {MIXED}",
    ],
)  # fmt: skip
def test_the_boundary_is_found_as_servers_write_it(content_type: str) -> None:
    replies = read(CREATED, END, content_type=content_type)
    assert replies is not None
    assert [each.status for each in replies] == [204]


@pytest.mark.parametrize(
    "content_type", ["", "text/html", "application/json", "multipart/mixed", "text/plain; boundary=batchresponse_1"]
)
def test_what_is_no_batch_is_told_apart(content_type: str) -> None:
    assert read(CREATED, END, content_type=content_type) is None


@pytest.mark.parametrize(
    "texts",
    [
        (CREATED, REFUSED[:-30]), (CREATED, REFUSED), (CREATED, REFUSED[:60]), (CREATED, "--batchresponse_1"),
        (CREATED, "--batchresponse_1\r\nContent-Type: application/http\r\n\r\nnot http\r\n", CREATED, END),
        (CREATED, "--batchresponse_1\r\nno blank line\r\n", CREATED, END),
        (CREATED, "--batchresponse_1--"),
    ],
)  # fmt: skip
def test_what_follows_a_torn_part_does_not_count(texts: tuple[str, ...]) -> None:
    replies = read(*texts)
    assert replies is not None
    assert [each.status for each in replies] == [204]


@pytest.mark.parametrize("body", ["", "<html></html>", "--other\r\n", END, "\r\n"])
def test_an_empty_batch_has_no_replies(body: str) -> None:
    assert read(body) == []


def test_a_reply_may_hold_a_boundary_in_its_text() -> None:
    replies = read(reply("400 Bad Request", body='{"x":"--batchresponse_1 "}'), CREATED, END)
    assert replies is not None
    assert [each.status for each in replies] == [400, 204]
    assert replies[0].body == b'{"x":"--batchresponse_1 "}'
