"""`$batch`: many calls in one request (Microsoft's "Execute batch operations using the Web API")."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from integrations.sandbox.dataverse.environment import API, Environment
from integrations.sandbox.dataverse.errors import ApiError
from integrations.sandbox.dataverse.multipart import (
    Part,
    answer_part,
    joined,
    read_boundary,
    read_parts,
    read_request,
    set_part,
    unreadable,
)
from integrations.sandbox.dataverse.outcome import Outcome
from integrations.sandbox.dataverse.single import preference
from integrations.sandbox.messages import Answer, Headers, Request

MOST = 1000
VERSION = ("OData-Version", "4.0")

Call = Callable[[Environment, Request], Answer]


@dataclass(frozen=True)
class Operation:
    """One request of a batch; `content_id` is its number inside a change set."""

    request: Request
    content_id: str | None = None


@dataclass(frozen=True)
class ChangeSet:
    """Requests of which all are carried out, or none."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class PartAnswer:
    """`status` and `headers` of the answer, or of the one that failed; `text` is the part as it is sent."""

    status: int
    headers: Headers
    text: bytes


class _Failed(Exception):
    """One request of a change set failed; all are taken back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def batch(environment: Environment, request: Request, call: Call) -> Outcome:
    """Carries out the requests one after the other; `call` answers one of them and never raises."""
    parts = _read(environment, request)
    go_on = preference(request, "odata.continue-on-error")
    answers: list[PartAnswer] = []
    for part in parts:
        answers.append(_answer(environment, part, call))
        if answers[-1].status >= 400 and not go_on:
            return Outcome(_joined(answers, answers[-1]))
    return Outcome(_joined(answers, None))


def _read(environment: Environment, request: Request) -> list[Operation | ChangeSet]:
    boundary = read_boundary(request.header("content-type"))
    if boundary is None:
        raise ApiError(415, "0x0", "The content type of a batch request must be multipart/mixed.", "batch")
    parts = [_read_part(environment, part, request.connection) for part in read_parts(request.body, boundary)]
    count = sum(len(part.operations) if isinstance(part, ChangeSet) else 1 for part in parts)
    if count > MOST:
        message = (
            "The current batch message contains too many parts. Only batch messages with a maximum number of "
            f"'{MOST}' query operations and change sets are allowed."
        )
        raise ApiError(400, "0x0", message, "batch_size")
    return parts


def _read_part(environment: Environment, part: Part, connection: int) -> Operation | ChangeSet:
    boundary = read_boundary(part.header("content-type"))
    if boundary is None:
        return Operation(_located(environment, read_request(part, connection)))
    operations = tuple(_read_numbered(environment, inner, connection) for inner in read_parts(part.content, boundary))
    if len({operation.content_id for operation in operations}) < len(operations):
        raise unreadable("A content ID was found more than once in the same change set.")
    return ChangeSet(operations)


def _read_numbered(environment: Environment, part: Part, connection: int) -> Operation:
    number = part.header("content-id")
    if not number:
        raise unreadable("The header with name 'Content-ID' was not present in the header collection of the operation.")
    request = _located(environment, read_request(part, connection))
    if request.method == "GET":
        raise unreadable(
            "An invalid HTTP method 'GET' was detected for a request in a change set. Requests in change sets only "
            "support the HTTP methods 'POST', 'PUT', 'DELETE', and 'PATCH'."
        )
    return Operation(request, number)


def _located(environment: Environment, request: Request) -> Request:
    """The request with its target as a path from the root; it may have been absolute, or relative to the service."""
    target = request.target.removeprefix(environment.url)
    return replace(request, target=target if target.startswith("/") else f"{API}/{target}")


def _answer(environment: Environment, part: Operation | ChangeSet, call: Call) -> PartAnswer:
    if isinstance(part, Operation):
        return _single(call(environment, part.request))
    try:
        with environment.leads.all_or_nothing():
            answers = [_succeeded(call(environment, operation.request)) for operation in part.operations]
    except _Failed as failed:
        return _single(failed.answer)
    numbered = zip(answers, part.operations, strict=True)
    texts = [answer_part(_versioned(answer), operation.content_id) for answer, operation in numbered]
    return PartAnswer(200, (), set_part(texts, f"changesetresponse_{uuid.uuid4()}"))


def _single(answer: Answer) -> PartAnswer:
    return PartAnswer(answer.status, answer.headers, answer_part(_versioned(answer)))


def _succeeded(answer: Answer) -> Answer:
    if answer.status >= 400:
        raise _Failed(answer)
    return answer


def _versioned(answer: Answer) -> Answer:
    return replace(answer, headers=(*answer.headers, VERSION))


def _joined(answers: list[PartAnswer], failed: PartAnswer | None) -> Answer:
    """All parts; where one failed and ended the batch, with its status and its `Retry-After`."""
    boundary = f"batchresponse_{uuid.uuid4()}"
    pause = [header for header in failed.headers if header[0] == "Retry-After"] if failed else []
    headers = (("Content-Type", f"multipart/mixed; boundary={boundary}"), *pause)
    return Answer(failed.status if failed else 200, headers, joined([answer.text for answer in answers], boundary))
