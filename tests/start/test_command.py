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


def test_the_same_port_twice_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options_from(["--port", "8009"])
    assert ended.value.code == 2
    assert "--port and --sandbox-port are both 8009" in capsys.readouterr().err
    assert options_from(["--port", "8009", "--no-sandbox"]).port == 8009


@pytest.mark.parametrize("text", ["0", "65536", "-1", "eight", ""])
def test_a_wrong_port_is_named(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options_from([f"--port={text}"])
    assert ended.value.code == 2
    assert f"argument --port: {text!r} is no port: give a number from 1 to 65535" in capsys.readouterr().err
