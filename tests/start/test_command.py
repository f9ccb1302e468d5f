from pathlib import Path

import pytest

from leadcrm.start.command import options_from
from leadcrm.start.launch import Options


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEADCRM_PORT", "LEADCRM_SANDBOX_PORT", "LEADCRM_READY_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_word_everything_is_where_the_readme_says() -> None:
    assert options_from([]) == Options(port=8000, sandbox_port=8009, ready_file=None)


def test_the_environment_gives_the_defaults_and_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADCRM_PORT", "8100")
    monkeypatch.setenv("LEADCRM_SANDBOX_PORT", "8109")
    monkeypatch.setenv("LEADCRM_READY_FILE", "/tmp/ready")
    assert options_from([]) == Options(8100, 8109, Path("/tmp/ready"))
    assert options_from(["--port", "8200", "--no-sandbox"]) == Options(8200, None, Path("/tmp/ready"))


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEADCRM_PORT", "LEADCRM_SANDBOX_PORT", "LEADCRM_READY_FILE"):
        monkeypatch.setenv(name, "")
    assert options_from([]) == Options(8000, 8009, None)


@pytest.mark.parametrize("port", ["8009", "8015"])
def test_a_port_that_the_sandbox_needs_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options_from(["--port", port])
    assert ended.value.code == 2
    assert f"--port {port} is one of the sandbox's ports, 8009 to 8015: give another one" in capsys.readouterr().err
    assert options_from(["--port", port, "--no-sandbox"]).port == int(port)


@pytest.mark.parametrize("port", [8008, 8016])
def test_a_port_beside_those_of_the_sandbox_is_taken(port: int) -> None:
    assert options_from(["--port", str(port)]) == Options(port, 8009, None)


def test_a_sandbox_port_without_room_for_all_systems_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert options_from(["--sandbox-port", "65529"]).sandbox_port == 65529
    with pytest.raises(SystemExit) as ended:
        options_from(["--sandbox-port", "65530"])
    assert ended.value.code == 2
    assert "--sandbox-port 65530 leaves no room: the sandbox needs 7 ports in a row" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "65536", "-1", "eight", ""])
def test_a_wrong_port_is_named(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options_from([f"--port={text}"])
    assert ended.value.code == 2
    assert f"argument --port: {text!r} is no port: give a number from 1 to 65535" in capsys.readouterr().err
