"""Azure Storage: Microsoft's own emulator, with a proxy before it that is rude when it is told to."""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import unquote
from uuid import uuid4

from integrations.contract import FailureKind
from tests.azurite import Azurite
from tests.fault_proxy import (
    Fault as ProxyFault,
)
from tests.fault_proxy import (
    FaultProxy,
    Turn,
    answers,
    commits_then_drops,
    cuts_the_answer,
    drops,
    proxy_before,
    trickles,
)
from tests.integrations.connectors.contract.far_side import Action, Expected, FarSide, Fault, Sent

if TYPE_CHECKING:
    from tests.azurite.storage import Storage

FOR_EVER = 1_000_000
PAGE = b"<html><body>Down for maintenance</body></html>"


class AzureFarSide(FarSide):
    """Opened by a shared access signature, so that there are rights that may be missing."""

    write_method: ClassVar[str]

    reads_fields = False
    composes = False
    has_tokens = False
    # The emulator's words for a wrong signature. Azure itself says AuthenticationFailed.
    refuses_credentials = Expected(FailureKind.MISCONFIGURED, "azure_access_blocked", 403)
    refuses_permission = Expected(FailureKind.MISCONFIGURED, "azure_sas_right_missing", 403)

    def __init__(self, azurite: Azurite, before_tables: FaultProxy, before_blobs: FaultProxy) -> None:
        super().__init__()
        self._parts = azurite, before_tables, before_blobs
        self.storage: Storage

    @classmethod
    @contextmanager
    def running(cls, shared: Callable[[str], Any]) -> Iterator[Self]:
        azurite: Azurite = shared("azurite")
        with proxy_before(azurite.table_port) as before_tables, proxy_before(azurite.blob_port) as before_blobs:
            yield cls(azurite, before_tables, before_blobs)

    def make_new(self) -> None:
        from tests.azurite.storage import Storage  # brings the SDK, which other kinds do without

        self.storage = Storage(*self._parts, name=f"t{uuid4().hex}")
        self.proxy.forget()
        self.make_place()
        self._sas_url = self.new_sas_url()

    @property
    @abstractmethod
    def proxy(self) -> FaultProxy: ...

    @abstractmethod
    def make_place(self) -> None:
        """The table or container."""

    @abstractmethod
    def new_sas_url(self) -> str: ...

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}"

    @property
    def secrets(self) -> tuple[str, ...]:
        return (unquote(self._signature),)

    @property
    def wrong_credentials(self) -> Mapping[str, Any]:
        return {"connection": self._sas_url.replace(self._signature, "A" * 43 + "%3D")}

    @property
    def _signature(self) -> str:
        found = re.search(r"[?&]sig=([^&]+)", self._sas_url)
        assert found
        return found[1]

    def typed(self, url: str) -> dict[str, Any]:
        return {"connection": self._sas_url.replace(self.url, url), "unusual_host": True}

    def meet(self, fault: Fault) -> None:
        self.plays(_as_played(fault), times=fault.times)

    def plays(self, fault: ProxyFault, *, times: int | None = None) -> None:
        self.proxy.plays(fault, method=self.write_method, times=times or FOR_EVER)

    def refuses(self, status: int, code: str) -> ProxyFault:
        return answers(status, self.saying(code).encode(), x_ms_error_code=code)

    def withhold_permission(self) -> None:
        self.plays(self.refuses(403, "AuthorizationPermissionMismatch"))

    def writes(self) -> list[Sent]:
        seen = [one for one in self.proxy.requests if one.method == self.write_method]
        return [Sent(one.path, one.headers, one.body) for one in seen]

    def calls(self) -> int:
        return len(self.proxy.requests)


def _as_played(fault: Fault) -> ProxyFault:
    match fault.action:
        case Action.RESPOND:
            headers = {name.replace("-", "_"): value for name, value in (fault.headers or {}).items()}
            return answers(fault.status, fault.body.encode(), **headers)
        case Action.REDIRECT:
            return answers(307, Location="/redirected")
        case Action.PAGE:
            return answers(200, PAGE, Content_Type="text/html")
        case Action.DROP_BEFORE:
            return drops
        case Action.COMMIT_THEN_DROP:
            return commits_then_drops
        case Action.CUT_OFF:
            return cuts_the_answer
        case Action.TRICKLE:
            return trickles
        case Action.DELAY:
            return _late(fault.delay)


def _late(seconds: float) -> ProxyFault:
    def fault(turn: Turn) -> None:
        reply = turn.pass_on()
        turn.over.wait(seconds)
        turn.answer(reply)

    return fault
