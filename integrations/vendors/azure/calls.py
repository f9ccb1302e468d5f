"""The calls of one destination through clients of the SDK, which are made on first use."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, NamedTuple

from integrations.transport import Answer, CallFailed, Transport
from integrations.vendors.azure.refusals import Place, Refused, named, refusal
from integrations.vendors.entra.sign_in import EntraSignIn

if TYPE_CHECKING:
    from integrations.vendors.azure.wire import Credential, Wire

type OpenClient[Client] = Callable[[str, Credential, Wire], Client]
"""Makes a client of the SDK for the account's endpoint."""


class Heard[Value](NamedTuple):
    value: Value
    answer: Answer


@dataclass(slots=True)
class _Kept[Client]:
    client: Client
    wire: "Wire"
    credential: "Credential"


class Calls[Client]:
    """Safe to use from several threads: each call has a client of its own, which is kept for later ones."""

    def __init__(
        self, place: Place, transport: Transport, open_client: OpenClient[Client], sign_in: EntraSignIn | None
    ) -> None:
        self.place = place
        self._transport = transport
        self._open_client = open_client
        self._sign_in = sign_in
        self._idle: dict[int, list[_Kept[Client]]] = {}  # by process: two on one connection would mix their answers

    def run[Value](self, operation: Callable[[Client], Value]) -> Heard[Value]:
        """One request and its answer. A token that is refused is renewed once.

        Raises ``Refused`` for an answer that is no success, ``CallFailed`` when there is none or it cannot be read.
        """
        with self._transport.call():
            try:
                return self._run(operation)
            except Refused as refused:
                if not _is_about_token(refused) or self._sign_in is None:
                    raise
            return self._run(operation)

    def sign_in_anew(self) -> bool:
        """Proves the application's credentials; false where a key or a SAS opens the account.

        Raises ``CallFailed``.
        """
        if self._sign_in:
            self._sign_in.renewed()
        return self._sign_in is not None

    def close(self) -> None:
        for kept in self._idle.pop(os.getpid(), []):
            kept.wire.end()

    def _run[Value](self, operation: Callable[[Client], Value]) -> Heard[Value]:
        from azure.core.exceptions import AzureError

        with self._borrowed() as kept:
            token = self._sign_in.token() if self._sign_in else None
            if token:
                kept.credential.token = token  # type: ignore[union-attr]
            kept.wire.answer = None
            try:
                value = operation(kept.client)
            except CallFailed as failed:
                if token and self._sign_in and isinstance(failed, Refused) and _is_about_token(failed):
                    self._sign_in.refused(token)
                failed.failure = named(failed.failure, self.place)
                raise
            except (AzureError, HTTPException, ValueError):  # after an answer: one that the SDK cannot read
                answer = kept.wire.answer
                if answer is None:
                    raise
            else:
                assert kept.wire.answer
                return Heard(value, kept.wire.answer)
        raise CallFailed(answer.unreadable(), answer.exchange)

    @contextmanager
    def _borrowed(self) -> Iterator[_Kept[Client]]:
        idle = self._idle.setdefault(os.getpid(), [])
        kept = idle.pop() if idle else self._opened()
        try:
            yield kept
        finally:
            idle.append(kept)

    def _opened(self) -> _Kept[Client]:
        from integrations.vendors.azure.wire import Wire, credential_of

        wire = Wire(self._transport, lambda answer: refusal(answer, self.place, datetime.now(UTC)))
        credential = credential_of(self.place.account)
        return _Kept(self._open_client(self.place.account.endpoint, credential, wire), wire, credential)


def _is_about_token(refused: Refused) -> bool:
    """Azure's "Authorize with Microsoft Entra ID": some services answer 403 with this code in place of 401."""
    return refused.status == 401 or refused.code == "InvalidAuthenticationInfo"


def making_place[Value](operation: Callable[[], Value], make: Callable[[], bool], missing: str) -> Value:
    """The operation; once more where a table or container was missing (``missing`` is the service's code for that)
    and could be made. Raises ``CallFailed``."""
    try:
        return operation()
    except Refused as refused:
        if refused.code != missing or not make():
            raise
    return operation()
