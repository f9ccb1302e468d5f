"""One container through Microsoft's SDK. Imported with the first call."""

from collections.abc import Callable
from uuid import uuid4

from azure.core import MatchConditions
from azure.storage.blob import BlobClient, BlobServiceClient, ContentSettings

from integrations.contract import Exchange
from integrations.vendors.azure.calls import Calls, making_place
from integrations.vendors.azure.refusals import Refused
from integrations.vendors.azure.wire import Credential, Wire

API_VERSION = "2023-11-03"
"""Has all that is used here, and older stamps and emulators know it."""

PIECE = 4 * 1024 * 1024
NOT_THERE = ("BlobNotFound", "ContainerNotFound")
_MISSING = "ContainerNotFound"


def open_client(endpoint: str, credential: Credential, wire: Wire) -> BlobServiceClient:
    return BlobServiceClient(endpoint, credential=credential, transport=wire, api_version=API_VERSION, retry_total=0)


class Container:
    """``makes``: whether a container that is missing may be made. All methods raise ``CallFailed``."""

    def __init__(self, calls: Calls[BlobServiceClient], *, makes: bool) -> None:
        self._calls = calls
        self._name = calls.place.name
        self._makes = makes

    def close(self) -> None:
        self._calls.close()

    def sign_in_anew(self) -> bool:
        return self._calls.sign_in_anew()

    def put(self, name: str, content: bytes, *, content_type: str, key: str) -> Exchange:
        """A new blob; one of that name is not touched."""
        settings, metadata = ContentSettings(content_type=content_type), {"leadid": key}
        return self._making(
            name, lambda blob: blob.upload_blob(content, overwrite=False, content_settings=settings, metadata=metadata)
        )

    def begin_file(self, name: str, *, content_type: str) -> None:
        """An empty file that can be added to, unless there is one."""
        settings = ContentSettings(content_type=content_type)
        self._making(
            name,
            lambda blob: blob.create_append_blob(content_settings=settings, match_condition=MatchConditions.IfMissing),
            but="BlobAlreadyExists",
        )

    def add(self, name: str, content: bytes, *, at: int) -> Exchange:
        """To the end of a file, if that is where it is thought to be."""
        return self._on_blob(name, lambda blob: blob.append_block(content, appendpos_condition=at))[1]

    def has(self, name: str) -> bool:
        try:
            self._on_blob(name, lambda blob: blob.get_blob_properties())
        except Refused as refused:
            if refused.code in NOT_THERE:
                return False
            raise
        return True

    def read(self, name: str, start: int) -> bytes:
        """What follows the first ``start`` bytes, at most ``PIECE`` of it; nothing at the end or behind it."""
        try:
            return self._on_blob(name, lambda blob: bytes(blob.download_blob(start, PIECE).readall()))[0]
        except Refused as refused:
            if refused.code == "InvalidRange":
                return b""
            raise

    def delete(self, name: str) -> None:
        self._on_blob(name, lambda blob: blob.delete_blob())

    def public_access(self) -> str:
        """``blob`` or ``container`` when anybody may read; else empty. A SAS for the container may not ask."""
        found = self._calls.run(lambda service: service.get_container_client(self._name).get_container_properties())
        return str(found.value.public_access or "")

    def try_to_write_nothing(self) -> None:
        """Over a blob that cannot be: the condition is looked at after the right to write."""
        self._on_blob(
            f".probe-{uuid4()}",
            lambda blob: blob.upload_blob(
                b"", overwrite=True, etag='"0x0"', match_condition=MatchConditions.IfNotModified
            ),
        )

    def try_to_read_nothing(self) -> None:
        """From a blob that cannot be: that is seen only by who may read."""
        self.has(f".probe-{uuid4()}")

    def _making(self, name: str, operation: Callable[[BlobClient], object], *, but: str = "") -> Exchange:
        try:
            return making_place(lambda: self._on_blob(name, operation)[1], self._made, _MISSING)
        except Refused as refused:
            if but and refused.code == but and refused.exchange:
                return refused.exchange
            raise

    def _made(self) -> bool:
        """Whether the container is there now. One that others made meanwhile will do."""
        if not self._makes:
            return False
        try:
            self._calls.run(lambda service: service.create_container(self._name))
        except Refused as refused:
            return refused.code == "ContainerAlreadyExists"
        return True

    def _on_blob[Value](self, name: str, operation: Callable[[BlobClient], Value]) -> tuple[Value, Exchange]:
        value, answer = self._calls.run(lambda service: operation(service.get_blob_client(self._name, name)))
        return value, answer.exchange
