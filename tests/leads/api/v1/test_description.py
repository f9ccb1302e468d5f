"""The OpenAPI description, and the page that shows it."""

import re
from pathlib import Path

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from leads.api.v1.urls import router

pytestmark = pytest.mark.django_db

COMMITTED = Path(__file__).parents[4] / "docs" / "openapi.yaml"


def generated(tmp_path: Path) -> str:
    """Raises ``CommandError`` on a warning of drf-spectacular, or where it is no valid OpenAPI."""
    file = tmp_path / "openapi.yaml"
    call_command("spectacular", "--lang", "en", "--fail-on-warn", "--validate", "--file", str(file))
    return file.read_text()


def test_the_description_in_docs_is_the_present_one(tmp_path: Path) -> None:
    assert COMMITTED.read_text() == generated(tmp_path), (
        "The API changed. Run: manage.py spectacular --lang en --fail-on-warn --validate --file docs/openapi.yaml"
    )


def test_it_is_served_as_yaml_and_json_to_everybody(client: Client) -> None:
    as_yaml, as_json = client.get("/api/v1/openapi.yaml"), client.get("/api/v1/openapi.json")
    assert (as_yaml.status_code, as_json.status_code) == (200, 200)
    served = yaml.safe_load(as_yaml.content)
    assert served == as_json.json() == yaml.safe_load(COMMITTED.read_text())


def test_it_describes_every_address_and_only_those() -> None:
    paths = yaml.safe_load(COMMITTED.read_text())["paths"]
    routed = {"/api/v1/" + re.sub(r"\(\?P<pk>[^)]+\)", "{id}", str(url.pattern)).strip("^$") for url in router.urls}
    assert paths.keys() == {path.replace(r"\Z", "") for path in routed}
    assert len(paths) == 43


def test_every_answer_of_an_operation_is_described() -> None:
    for path, operations in yaml.safe_load(COMMITTED.read_text())["paths"].items():
        for method, operation in operations.items():
            answers = set(operation["responses"])
            assert {"400", "401", "403", "406", "429", "500"} < answers, (path, method)
            assert ("404" in answers) == ("{id}" in path), (path, method)
            assert operation["summary"], (path, method)
            assert operation["security"] == [{"token": []}, {"cookieAuth": []}], (path, method)


def test_the_page_loads_nothing_from_elsewhere_and_needs_no_inline_script(client: Client) -> None:
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    html = page.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(sources) == 5
    for source in sources:
        assert source.startswith("/"), source
        assert not source.startswith("//"), source
        if source.startswith("/static/"):
            assert finders.find(source.removeprefix("/static/")), source
    assert re.findall(r"<script(?![^>]* src=)", html) == []


def test_the_page_s_script_asks_no_foreign_validator_and_reads_our_description(client: Client) -> None:
    script = client.get("/api/v1/docs/?script=")
    assert script.status_code == 200
    assert script.headers["Content-Type"] == "application/javascript"
    text = script.content.decode()
    assert '"validatorUrl": null' in text
    assert 'url: "/api/v1/openapi.json"' in text
    assert "http://" not in text.replace("http://testserver", "")
    assert "https://" not in text
