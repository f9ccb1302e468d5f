"""`python -m integrations.sandbox` as a process of its own."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.systems import SYSTEMS
from integrations.sandbox.texts import say
from tests.integrations.sandbox.sender import OLD_SECRET, SECRET, open_socket, post, post_signed, send
from tests.integrations.sandbox.test_http11 import LENGTH, raw
from tests.ports import free_row

ROOT = Path(__file__).parents[3]

NAMES = [name for name, _ in SYSTEMS]
HIGHEST = 65536 - len(SYSTEMS)

Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the sandbox; gives the process and the address of the receiver once all systems listen."""
    processes: list[subprocess.Popen[str]] = []

    def run(*arguments: str, secret: str = "") -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "integrations.sandbox", "--port", "0", *arguments]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, cwd=ROOT, env=environment(secret), **pipes)
        processes.append(process)
        return process, addresses(process)["receiver"]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def addresses(process: subprocess.Popen[str]) -> dict[str, str]:
    """Reads the lines that are printed once all systems listen, one for each."""
    assert process.stdout
    lines = [process.stdout.readline() for _ in NAMES]
    found = [re.fullmatch(r"Sandbox (\w+) at (http://127\.0\.0\.1:\d+)/\n", line) for line in lines]
    return {one[1]: one[2] for one in found if one}


def environment(secret: str) -> dict[str, str]:
    return {**os.environ, "LEADCRM_SANDBOX_SECRET": secret}


def ended(*arguments: str, secret: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "integrations.sandbox", *arguments]
    run: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 20, "check": False}
    return subprocess.run(command, cwd=ROOT, env=environment(secret), **run)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_with_a_client_connected(start: Start, number: signal.Signals) -> None:
    process, url = start()
    with open_socket(url) as idle:
        idle.sendall(raw(LENGTH, close=False))
        assert idle.recv(15) == b"HTTP/1.1 200 OK"
        process.send_signal(number)
        assert process.communicate(timeout=5) == ("", "")
    assert process.returncode == 0


def test_what_was_answered_survives_the_hardest_end(start: Start, tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite3")
    process, url = start("--state", state)
    assert post_signed(url, message_id="msg-1").status == 200
    process.kill()
    process.wait()
    _, url = start("--state", state)
    assert post_signed(url, message_id="msg-1").status == 200
    [record] = send(url, "GET", "/_control/records").content["records"]
    assert (record["key"], record["times_received"]) == ("msg-1", 2)


def test_the_secret_of_the_environment_is_required_and_replaces_the_one_kept(start: Start, tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite3")
    process, url = start("--state", state, secret=OLD_SECRET)
    assert post_signed(url).status == 401
    process.kill()
    process.wait()
    _, url = start("--state", state, secret=SECRET)
    assert post_signed(url).status == 200
    assert post(url).status == 401
    shown = send(url, "GET", "/").body.decode()
    assert f'data-copy="{SECRET}"' in shown
    assert OLD_SECRET not in shown


def test_an_unusable_secret_of_the_environment_is_one_line_without_it() -> None:
    result = ended("--port", "0", secret="whsec_short")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("LEADCRM_SANDBOX_SECRET: secrets: needs a list of up to 5 secrets, each whsec_ and")
    assert "whsec_short" not in result.stderr


def test_a_taken_port_is_one_line_and_exit_code_3() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = ended("--port", port)
    assert (result.returncode, result.stdout) == (3, "")
    remedy = f"choose others with --port: {len(SYSTEMS)} in a row are needed."
    assert result.stderr == f"Port {port} on 127.0.0.1 for receiver is taken; {remedy}\n"


def test_the_taken_port_of_another_system_is_named_with_the_system() -> None:
    first = free_row(len(SYSTEMS))
    with socket.create_server(("127.0.0.1", first + 4)):
        result = ended("--port", str(first))
    assert result.returncode == 3
    assert f"Port {first + 4} on 127.0.0.1 for hubspot is taken" in result.stderr


def test_an_address_that_is_not_ours_is_one_line() -> None:
    result = ended("--host", "192.0.2.1", "--port", "8009")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Cannot listen on 192.0.2.1, port 8009: Cannot assign requested address.\n"


def test_a_state_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    state = tmp_path / "notes.txt"
    state.write_text("These are my notes. " * 100)
    result = ended("--port", "0", "--state", str(state))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"The state file {state} cannot be used: file is not a database\n"
    assert state.read_text() == "These are my notes. " * 100


def test_a_state_file_in_use_is_not_shared(start: Start, tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite3")
    start("--state", state)
    result = ended("--port", "0", "--state", state)
    assert (result.returncode, result.stderr) == (1, f"The state file {state} cannot be used: database is locked\n")


def test_a_state_file_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with sqlite3.connect(state) as database:
        database.execute("pragma user_version = 99")
    database.close()
    result = ended("--port", "0", "--state", str(state))
    assert result.returncode == 1
    assert "a later version of the sandbox wrote it; remove it or name another file" in result.stderr


def test_every_system_answers_on_its_own_port_and_links_the_others(start: Start, tmp_path: Path) -> None:
    process, url = start("--port", str(free_row(len(SYSTEMS))), "--state", str(tmp_path / "state.sqlite3"))
    first = int(url.rpartition(":")[2])
    for position, name in enumerate(NAMES):
        html = send(f"http://127.0.0.1:{first + position}", "GET", "/").body.decode()
        links = [f'href="http://127.0.0.1:{first + other}/"' for other in range(len(NAMES))]
        assert [link for link in links if link not in html] == []
        assert f'/" aria-current=page>{say("en", f"{name}.short")}</a>' in html
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=5) == ("", "")


def test_what_is_kept_and_how_a_system_is_set_belongs_to_that_system(start: Start, tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite3")
    process, url = start("--state", state)
    post_signed(url, message_id="msg-1")
    process.kill()
    process.wait()
    process, url = start("--state", state)
    assert send(url, "GET", "/_control/records").content["count"] == 1
    files = {"state.sqlite3", *(f"state-{name}.sqlite3" for name in NAMES if name != "receiver")}
    assert {path.name for path in tmp_path.iterdir() if path.suffix == ".sqlite3"} == files


@pytest.mark.parametrize("port", ["x", "-1", str(HIGHEST + 1)])
def test_a_port_is_a_number_in_range(port: str) -> None:
    result = ended("--port", port)
    assert result.returncode == 2
    assert f"needs a whole number from 0 to {HIGHEST}" in result.stderr or "expected one argument" in result.stderr


def test_it_needs_the_standard_library_only() -> None:
    load_all = "from integrations.sandbox.__main__ import SYSTEMS, load; [load(path) for _, path in SYSTEMS]"
    script = f"import json, sys; {load_all}; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in json.loads(result.stdout) if not name.startswith("_sysconfigdata")}
    assert roots - sys.stdlib_module_names == {"__main__", "integrations"} - sys.stdlib_module_names
