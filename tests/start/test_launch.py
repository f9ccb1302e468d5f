"""The whole start, with a real broker and real processes; only web server, worker, sandbox and Django are stand-ins."""

import os
import signal
import socket
import stat
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.start.conftest import Miniature, ask_web


def test_a_first_start_says_where_everything_is_and_the_password_once(miniature: Miniature) -> None:
    first = miniature.start()
    facts = miniature.ready(first)
    web = f"http://127.0.0.1:{miniature.port}"

    assert facts == {
        "admin_url": f"{web}/admin/",
        "username": "admin",
        "password": None,
        "endpoint_url": f"{web}/webhooks/secret",
        "sandbox_url": f"http://127.0.0.1:{miniature.sandbox_port}",
        "sample_command": ".venv/bin/python manage.py post_sample_lead a_documented",
        "state": str(miniature.state),
        "logs": str(miniature.state / "logs"),
        "pid": first.process.pid,
    }
    assert first.said.count("one-password-for-all") == 1
    for line in (
        f"  Admin     {web}/admin/",
        f"  Webhook   {web}/webhooks/secret",
        "  .venv/bin/python manage.py post_sample_lead a_documented",
        "Ctrl-C ends",
    ):
        assert line in first.said

    first.signal(signal.SIGINT)
    assert first.ended() == 0
    assert not miniature.ready_file.exists()

    second = miniature.start()
    miniature.ready(second)
    assert "one-password-for-all" not in second.said
    assert "manage.py changepassword admin" in second.said
    assert (miniature.state / "releases").read_text() == "once\nonce\n"


def test_no_file_holds_the_password_and_what_is_kept_is_private(miniature: Miniature) -> None:
    start = miniature.start()
    miniature.ready(start)

    kept = [path for path in miniature.state.rglob("*") if path.is_file()]
    assert miniature.state / "logs" / "first_run.log" in kept
    assert [path for path in kept if b"one-password-for-all" in path.read_bytes()] == []
    assert stat.S_IMODE(miniature.state.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in kept} == {path.name: 0 for path in kept}
    assert stat.S_IMODE(miniature.ready_file.stat().st_mode) == 0o600


def test_a_worker_that_never_begins_is_given_up_with_its_last_words(miniature: Miniature) -> None:
    miniature.misbehave("worker.broken")
    start = miniature.start()

    assert start.ended() == 1
    assert "worker ended 5 times right after its start, the last time ended with exit code 1." in start.said
    assert "    ModuleNotFoundError: No module named 'packaging'" in start.said
    assert "The first user was made: admin, password one-password-for-all (shown this once only)." in start.said
    assert start.family() == {}
    assert not miniature.ready_file.exists()


def test_a_failed_release_ends_the_start_with_its_last_words(miniature: Miniature) -> None:
    miniature.misbehave("release.broken")
    start = miniature.start()

    assert start.ended() == 1
    assert "release ended with exit code 1." in start.said
    assert "    no such table: leads_lead" in start.said
    assert start.family() == {}
    assert not (miniature.state / "user").exists()


def test_a_taken_port_is_named_with_its_holder_and_a_remedy(miniature: Miniature) -> None:
    with socket.create_server(("127.0.0.1", miniature.port)):
        start = miniature.start()
        assert start.ended() == 1

    holder = Path("/proc/self/comm").read_text().strip()
    assert f"Port {miniature.port} for the web server is taken by {holder} (process {os.getpid()})." in start.said
    assert f"make run PORT={miniature.port + 100}" in start.said
    assert not (miniature.state / "logs").exists()


@pytest.mark.parametrize("position", [0, 4])
def test_a_taken_sandbox_port_does_not_matter_without_a_sandbox(miniature: Miniature, position: int) -> None:
    port = miniature.sandbox_port + position
    with socket.create_server(("127.0.0.1", port)):
        refused = miniature.start()
        assert refused.ended() == 1
        assert f"Port {port} for the sandbox is taken by" in refused.said
        assert f"make run SANDBOX_PORT={miniature.sandbox_port + 100}" in refused.said

        start = miniature.start("--no-sandbox")
        assert miniature.ready(start)["sandbox_url"] is None
    assert "integrations.sandbox" not in " ".join(start.family().values())
    assert "LEADCRM_SANDBOX_URL" not in (miniature.state / "local.env").read_text()


def test_a_second_start_names_the_first_and_leaves_it_alone(miniature: Miniature) -> None:
    first = miniature.start()
    miniature.ready(first)
    before = first.family()

    second = miniature.start("--port", str(free_port()))

    assert second.ended() == 1
    assert (
        f"Lead CRM already runs with the state folder {miniature.state}: process {first.process.pid}, since"
        in second.said
    )
    assert f"at http://127.0.0.1:{miniature.port}" in second.said
    assert first.family() == before
    assert miniature.ready_file.exists()


def test_another_port_keeps_the_keys_and_moves_the_address(miniature: Miniature) -> None:
    start = miniature.start()
    miniature.ready(start)
    start.signal(signal.SIGTERM)
    start.ended()
    before = (miniature.state / "local.env").read_text()

    old, miniature.port = miniature.port, free_port()
    miniature.ready(miniature.start())

    after = (miniature.state / "local.env").read_text()
    assert after == before.replace(f"127.0.0.1:{old}\n", f"127.0.0.1:{miniature.port}\n")
    assert after != before


def test_a_broker_from_outside_is_used_and_none_is_started(miniature: Miniature) -> None:
    start = miniature.start(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    miniature.ready(start)

    assert "valkey-server" not in " ".join(start.family().values())


@pytest.mark.parametrize(("url", "threads"), [("", "1"), ("sqlite:///x", "1"), ("postgresql:///leads", "4")])
def test_the_web_server_gets_as_many_threads_as_the_database_can_use(
    miniature: Miniature, url: str, threads: str
) -> None:
    miniature.ready(miniature.start(DATABASE_URL=url))

    web = ask_web(miniature.port)
    assert web
    assert web["words"][web["words"].index("--blocking-threads") + 1] == threads


def test_a_state_folder_that_lies_deep_gets_a_private_folder_for_the_socket(
    miniature: Miniature, tmp_path: Path
) -> None:
    deep = tmp_path / ("d" * 80)
    temporary = Path(os.environ.get("TMPDIR", "/tmp")) / f"lead-crm-test-{os.getpid()}"
    temporary.mkdir()
    try:
        start = miniature.start(LEADCRM_STATE_DIR=str(deep), TMPDIR=str(temporary))
        miniature.ready(start)
        (folder,) = temporary.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [path.name for path in folder.iterdir()] == ["broker.sock"]
        start.signal(signal.SIGTERM)
        assert start.ended() == 0

        folder.chmod(0o777)
        refused = miniature.start(LEADCRM_STATE_DIR=str(deep), TMPDIR=str(temporary))
        assert refused.ended() == 1
        assert f"{folder} is not a private folder of this user" in refused.said
    finally:
        for path in [*temporary.glob("*/*"), *temporary.glob("*"), temporary]:
            path.unlink() if not path.is_dir() else path.rmdir()


def test_logs_of_the_start_before_are_kept_aside(miniature: Miniature) -> None:
    start = miniature.start()
    miniature.ready(start)
    start.signal(signal.SIGTERM)
    start.ended()
    miniature.ready(miniature.start())

    assert (miniature.state / "logs" / "web.log.1").read_text() == "web ended in order\n"
    assert miniature.log("web") == ""


def test_a_folder_that_cannot_be_made_is_named(miniature: Miniature, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    start = miniature.start(LEADCRM_STATE_DIR=str(tmp_path / "file" / "state"))

    assert start.ended() == 1
    assert f"The folder {tmp_path}/file/state cannot be made: Not a directory. Set LEADCRM_STATE_DIR." in start.said
