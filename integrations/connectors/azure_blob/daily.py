"""Adds lines to a day's file, each once.

Adding is not idempotent by itself: an answer may get lost after the line has been written. So each process knows how
far it has read a file and which records are in it, and adds only at that very place. Where the file goes on meanwhile,
the service refuses, and the rest is read first (Microsoft's "Append Block", the condition ``appendpos``).
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from uuid import UUID

from integrations.connectors.azure_blob.content import Content, FileForm
from integrations.contract import Arrival, Exchange, Failure, FailureKind
from integrations.transport import CallFailed
from integrations.vendors.azure.refusals import Place, Refused

if TYPE_CHECKING:
    from integrations.connectors.azure_blob.container import Container

_TRIES = 20  # of who writes in turn with other processes, and must read before each
_PATIENCE_SECONDS = 60.0
_FILES_KNOWN = 8
_MOVED = "AppendPositionConditionNotMet"
_GONE = ("BlobNotFound", "ContainerNotFound")


@dataclass(slots=True)
class _Known:
    """A file as far as it has been read. ``rest`` is what follows the last line break: nothing, if only we write."""

    position: int = 0
    columns: tuple[str, ...] = ()
    keys: set[UUID] = field(default_factory=set)
    rest: bytes = b""


class DailyFiles:
    """Of one destination, in one process. Safe to use from several threads, which take turns."""

    def __init__(self, container: "Container", form: FileForm, place: Place) -> None:
        self._container = container
        self._form = form
        self._place = place
        self._files: OrderedDict[str, _Known] = OrderedDict()
        self._turn = Lock()

    def add(self, name: str, content: Content) -> tuple[Arrival, Exchange | None]:
        """No exchange where the record was there already. Raises ``CallFailed``."""
        with self._my_turn():
            for _ in range(_TRIES):
                known = self._known(name)
                if content.record.key in known.keys:
                    return Arrival.ALREADY_THERE, None
                try:
                    return Arrival.CREATED, self._add(name, content, known)
                except Refused as refused:
                    if refused.code == _MOVED:
                        self._read_on(name, known)
                    elif refused.code in _GONE:
                        del self._files[name]
                    else:
                        raise
        raise CallFailed(self._failure(FailureKind.TEMPORARY, "azure_file_busy"))

    def _add(self, name: str, content: Content, known: _Known) -> Exchange:
        columns = known.columns or content.columns
        line = self._form.line(content, columns)
        beginning = self._form.beginning(columns) if known.position == 0 else b"\n" if known.rest else b""
        exchange = self._container.add(name, beginning + line, at=known.position)
        known.position += len(beginning) + len(line)
        known.columns, known.rest = columns, b""
        known.keys.add(content.record.key)
        return exchange

    def _known(self, name: str) -> _Known:
        if name not in self._files:
            self._files[name] = self._opened(name)
            while len(self._files) > _FILES_KNOWN:
                self._files.popitem(last=False)
        self._files.move_to_end(name)
        return self._files[name]

    def _opened(self, name: str) -> _Known:
        known = _Known()
        try:
            self._take_in(known, name)
        except Refused as refused:
            if refused.code not in _GONE:
                raise
            self._container.begin_file(name, content_type=self._form.content_type)
        return known

    def _read_on(self, name: str, known: _Known) -> None:
        """Others have written. A file that has no more than we know, and yet does not end there, is another one."""
        if not self._take_in(known, name):
            del self._files[name]

    def _take_in(self, known: _Known, name: str) -> bool:
        """Read to the end. Whether there was anything."""
        began_at = known.position
        while piece := self._container.read(name, known.position):
            if known.position == 0:
                known.columns = self._columns_in(piece)
            lines, line_break, known.rest = (known.rest + piece).rpartition(b"\n")
            known.keys |= self._form.keys_in(lines + line_break)
            known.position += len(piece)
        return known.position > began_at

    def _columns_in(self, piece: bytes) -> tuple[str, ...]:
        columns = self._form.columns_in(piece.partition(b"\n")[0])
        if columns is None:
            raise CallFailed(self._failure(FailureKind.MISCONFIGURED, "azure_file_unlike"))
        return columns

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=_PATIENCE_SECONDS):
            raise CallFailed(self._failure(FailureKind.TEMPORARY, "azure_file_busy"))
        try:
            yield
        finally:
            self._turn.release()

    def _failure(self, kind: FailureKind, cause: str) -> Failure:
        return Failure(kind=kind, cause=cause, params=self._place.names)
