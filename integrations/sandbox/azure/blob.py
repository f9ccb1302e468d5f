"""Azure Blob Storage: blobs in containers (Microsoft's "Blob service REST API")."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from integrations.sandbox.azure.account import NAME
from integrations.sandbox.azure.azurite import Azurite
from integrations.sandbox.azure.storage import Storage, Subject, json_object
from integrations.sandbox.messages import Answer, Request

MOST_SHOWN = 64 * 1024

_CONTAINER_GONE = (
    '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>ContainerNotFound</Code><Message>'
    "The specified container does not exist.\nRequestId:5a5a5a5a-0000-0000-0000-000000000002\n"
    "Time:2026-11-22T06:00:00.0000000Z</Message></Error>"
)
_SHOWN_HEADERS = ("content-type", "x-ms-blob-type")
_METADATA = "x-ms-meta-"


class AzureBlob(Storage):
    """The key of a record is the blob's name."""

    name = "azure_blob"
    endpoint = "BlobEndpoint"
    first = "leads"
    presets: ClassVar[Mapping[str, dict[str, Any]]] = {
        **Storage.presets,
        "container_gone": {
            "action": "respond",
            "status": 404,
            "headers": {"x-ms-error-code": "ContainerNotFound", "Content-Type": "application/xml"},
            "body": _CONTAINER_GONE,
            "times": None,
        },
    }

    def subjects(self, request: Request) -> list[Subject]:
        container, _, blob = unquote(request.path).removeprefix(f"/{NAME}/").partition("/")
        if blob:
            return [Subject(container, blob, json_object(request.body))]
        return (
            [Subject(container)] if request.query.get("restype") == "container" and "comp" not in request.query else []
        )

    def port_of(self, azurite: Azurite) -> int:
        return azurite.blob_port

    def path_of(self, subject: Subject) -> str:
        return f"/{NAME}/{quote(subject.collection)}/{quote(subject.key or '')}"

    def fields_in(self, answer: Answer) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in answer.headers}
        shown = {name: value for name, value in headers.items() if name in _SHOWN_HEADERS or name.startswith(_METADATA)}
        text = answer.body[:MOST_SHOWN].decode("utf-8", "replace")
        return {**shown, "size": len(answer.body), "content": json_object(answer.body) or text}
