import json
from dataclasses import replace
from pathlib import Path

import pytest

from integrations.sandbox.systems import SYSTEMS
from integrations.sandbox.texts import say
from leadcrm.start.announcement import Facts, ready_text, sandbox_text, write_ready_file
from leadcrm.start.programs import PRACTICE_SYSTEMS
from leads.marketplace.samples import body_of

FACTS = Facts(
    admin_url="http://127.0.0.1:8000/admin/",
    username="admin",
    password="the-password",
    endpoint_url="http://127.0.0.1:8000/webhooks/secret",
    sandbox_url="http://127.0.0.1:8009",
    sample_command=".venv/bin/python manage.py post_sample_lead a_documented",
    state="/checkout/var",
    logs="/checkout/var/logs",
    pid=1,
)


def test_the_first_start_shows_every_address_and_the_password() -> None:
    text = ready_text(FACTS)
    (curl,) = (line for line in text.splitlines() if "curl" in line)
    assert text.replace(f"{curl}\n", "") == (
        "\nLead CRM is ready.\n\n"
        "  Admin     http://127.0.0.1:8000/admin/\n"
        "  User      admin\n"
        "  Password  the-password\n"
        "  Webhook   http://127.0.0.1:8000/webhooks/secret\n"
        "  Sandbox   http://127.0.0.1:8009  (where the sample leads go)\n"
        "            ports 8010 to 8015: Dynamics 365, Salesforce, Marketo, HubSpot, Azure Table, Azure Blob to "
        "practise with\n"
        "  Logs      /checkout/var/logs\n"
        "  The password is shown this once only.\n\n"
        "Post a lead as the marketplace does:\n\n\n"
        "or a recorded one:\n\n"
        "  .venv/bin/python manage.py post_sample_lead a_documented\n\n"
        "Ctrl-C ends all of it."
    )


def test_the_systems_to_practise_with_are_those_of_the_sandbox_in_the_order_of_their_ports() -> None:
    names = [say("en", f"{name}.short") for name, _ in SYSTEMS]
    assert names == ["Receiver", *PRACTICE_SYSTEMS]


def test_a_sandbox_address_without_a_port_is_named_alone() -> None:
    assert sandbox_text("https://sandbox.example.com") == "https://sandbox.example.com  (where the sample leads go)"


def test_the_line_to_paste_posts_the_documented_sample() -> None:
    (curl,) = (line for line in ready_text(FACTS).splitlines() if "curl" in line)
    command, _, body = curl.partition(" -d ")
    assert command == "  curl -i 'http://127.0.0.1:8000/webhooks/secret' -H 'Content-Type: application/json'"
    assert json.loads(body.strip("'")) == json.loads(body_of("a_documented"))
    assert "'" not in body.strip("'")


def test_a_later_start_says_how_to_get_a_new_password() -> None:
    text = ready_text(replace(FACTS, password=None))
    assert "  Password  unchanged; to set a new one: .venv/bin/python manage.py changepassword admin\n" in text
    assert "this once only" not in text


def test_without_sandbox_and_endpoint_their_lines_are_left_out() -> None:
    text = ready_text(replace(FACTS, sandbox_url=None, endpoint_url=None))
    assert "Sandbox" not in text
    assert "curl" not in text
    assert "  Webhook   all addresses of the first endpoint are revoked: make one in the admin\n" in text
    assert text.endswith("Ctrl-C ends all of it.")


def test_the_ready_file_never_holds_the_password_and_replaces_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("old")
    (tmp_path / "ready.json.new").write_text("left by a crash")

    write_ready_file(path, FACTS)

    written = json.loads(path.read_text())
    assert written["password"] is None
    assert written["endpoint_url"] == FACTS.endpoint_url
    assert "the-password" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["ready.json"]


def test_facts_that_the_first_run_left_out_are_an_error() -> None:
    with pytest.raises(KeyError):
        Facts.gather({"admin_url": "x"}, with_sandbox=True)
