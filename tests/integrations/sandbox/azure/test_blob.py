"""Blobs, as Microsoft's client writes them and the page shows them."""

import pytest
from azure.core.exceptions import ClientAuthenticationError, ResourceExistsError
from azure.storage.blob import ContainerClient, ContentSettings

from integrations.sandbox.azure import AzureBlob
from tests.integrations.sandbox.azure.client import history, kept, last_arrival
from tests.integrations.sandbox.browsing import page, visible

LEAD = '{"FirstName":"Zoë","LastName":"김","Email":"zoe@fabrikam.example"}\n'.encode()
NAME = "2026/11/22/a lead & more.json"


def test_a_blob_is_stored_and_shown_with_its_content(blobs: AzureBlob, container: ContainerClient) -> None:
    json_kind = ContentSettings(content_type="application/json")
    container.upload_blob(NAME, LEAD, content_settings=json_kind, metadata={"leadid": "lead-1"})
    assert container.download_blob(NAME).readall() == LEAD
    assert kept(blobs, container.container_name) == {
        NAME: {
            "content-type": "application/json",
            "x-ms-blob-type": "BlockBlob",
            "x-ms-meta-leadid": "lead-1",
            "size": len(LEAD),
            "content": {"FirstName": "Zoë", "LastName": "김", "Email": "zoe@fabrikam.example"},
        }
    }
    text = visible(page(blobs))
    assert f"Zoë 김 zoe@fabrikam.example {container.container_name} · 2026/11/22/a lead & more.json · created" in text


def test_the_answer_to_head_says_how_long_the_blob_is(container: ContainerClient) -> None:
    container.upload_blob(NAME, LEAD)
    found = container.get_blob_client(NAME).get_blob_properties()
    assert (found.size, found.etag) == (len(LEAD), container.download_blob(NAME).properties.etag)


def test_a_blob_that_comes_again_is_refused_and_counted(blobs: AzureBlob, container: ContainerClient) -> None:
    container.upload_blob(NAME, LEAD)
    with pytest.raises(ResourceExistsError):
        container.upload_blob(NAME, LEAD)
    assert history(blobs, container.container_name) == ["created", "repeated"]


def test_what_is_added_to_a_file_is_shown(blobs: AzureBlob, container: ContainerClient) -> None:
    day = container.get_blob_client("2026-11-22.csv")
    day.create_append_blob()
    assert kept(blobs, container.container_name)["2026-11-22.csv"]["content"] == ""
    day.append_block(b"Id,Email\n")
    day.append_block(b"lead-1,zoe@fabrikam.example\n")
    assert (
        kept(blobs, container.container_name)["2026-11-22.csv"]["content"] == "Id,Email\nlead-1,zoe@fabrikam.example\n"
    )
    assert history(blobs, container.container_name) == ["created", "updated", "updated"]


def test_a_deleted_blob_is_gone_from_the_page(blobs: AzureBlob, container: ContainerClient) -> None:
    container.upload_blob(NAME, LEAD)
    container.delete_blob(NAME)
    assert kept(blobs, container.container_name) == {}
    assert last_arrival(blobs)["findings"] == {"arrival": "deleted"}


def test_a_deleted_container_takes_its_blobs_along(blobs: AzureBlob, container: ContainerClient) -> None:
    container.upload_blob(NAME, LEAD)
    container.delete_container()
    assert kept(blobs, container.container_name) == {}


def test_a_blob_of_some_megabytes_comes_back_whole(blobs: AzureBlob, container: ContainerClient) -> None:
    content = bytes(range(256)) * 12_000
    container.upload_blob("large", content)
    assert container.download_blob("large").readall() == content
    shown = kept(blobs, container.container_name)["large"]
    assert (shown["size"], len(shown["content"]) < 100_000) == (len(content), True)


def test_a_signature_is_not_shown(blobs: AzureBlob, container: ContainerClient) -> None:
    url = f"{container.url}?sv=2019-02-02&sp=rl&se=2099-01-01&sig=s3cretsig"
    with (
        ContainerClient.from_container_url(url, retry_total=0) as one,
        pytest.raises(ClientAuthenticationError),
    ):
        list(one.list_blob_names())
    html = page(blobs)
    assert "AuthenticationFailed" in html
    assert "s3cretsig" not in html
