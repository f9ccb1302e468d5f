"""Set-up as a program of its own, in a checkout of its own. ``uv`` is made up; pip and venv are real, and offline."""

import fcntl
import importlib.util
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from leadcrm.start.environment import Stamp, group_to_install, reason_to_rebuild
from tests.start.bare_checkout import PYTHON, Checkout, wheel
from tests.start.conftest import eventually


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a checkout")


def test_the_first_set_up_makes_everything_and_the_second_nothing(checkout: Checkout) -> None:
    first = checkout.set_up("run")
    assert first.returncode == 0, first.stderr
    assert "Making .venv with Python" in first.stderr
    assert checkout.called() == ["venv", "pip sync"]
    assert checkout.stamped_group() == "run"

    second = checkout.set_up("run")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert checkout.called() == []


def test_uv_gets_the_lock_with_hashes_and_no_leave_to_download_or_to_cache(checkout: Checkout) -> None:
    checkout.uv(sync=f'echo "$UV_PYTHON_DOWNLOADS $UV_NO_CACHE" > "{checkout.root}/seen"')
    checkout.set_up("test")

    venv, sync = checkout.calls.read_text().splitlines()
    assert venv == f"venv --quiet --no-project --python {PYTHON} {checkout.venv}"
    assert sync == (
        f"pip sync --quiet --python {checkout.venv}/bin/python --require-hashes --compile-bytecode "
        f"{checkout.root}/requirements/test.lock"
    )
    assert (checkout.root / "seen").read_text() == "never 1\n"


def test_an_environment_for_tests_serves_a_run_untouched(checkout: Checkout) -> None:
    checkout.set_up("test")
    checkout.called()

    result = checkout.set_up("run")

    assert (result.returncode, result.stderr) == (0, "")
    assert checkout.called() == []
    assert checkout.stamped_group() == "test"


def test_an_environment_for_a_run_is_filled_up_for_tests(checkout: Checkout) -> None:
    checkout.set_up("run")
    checkout.called()

    assert checkout.set_up("test").returncode == 0

    assert checkout.called() == ["pip sync"]
    assert checkout.stamped_group() == "test"


def test_a_changed_lock_is_installed_into_what_is_there(checkout: Checkout) -> None:
    checkout.set_up("test")
    checkout.called()
    checkout.locks("# changed\n")

    assert checkout.set_up("run").returncode == 0

    assert checkout.called() == ["pip sync"]
    assert checkout.stamped_group() == "test"


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("no stamp", "it is half-made"),
        ("unreadable stamp", "it is half-made"),
        ("no python", "its Python is gone"),
        ("dead python", "its Python is gone"),
        ("other python", "it was made for cpython-311-linux, this is"),
        ("moved", "it was made at /elsewhere/.venv"),
    ],
)
def test_a_broken_environment_is_made_anew_with_one_line_saying_why(checkout: Checkout, harm: str, reason: str) -> None:
    checkout.set_up("run")
    checkout.called()
    (checkout.venv / "left over").touch()
    python = checkout.venv / "bin" / "python"
    stamp = json.loads(checkout.stamp.read_text())
    match harm:
        case "no stamp":
            checkout.stamp.unlink()
        case "unreadable stamp":
            checkout.stamp.write_text('{"group": "ru')
        case "no python":
            python.unlink()
        case "dead python":
            python.unlink()
            python.symlink_to("/gone/python")
        case "other python":
            checkout.stamp.write_text(json.dumps(stamp | {"python": "cpython-311-linux"}))
        case "moved":
            checkout.stamp.write_text(json.dumps(stamp | {"place": "/elsewhere/.venv"}))

    result = checkout.set_up("run")

    assert result.returncode == 0
    (line,) = [line for line in result.stderr.splitlines() if "Rebuilding" in line]
    assert reason in line
    assert checkout.called() == ["venv", "pip sync"]
    assert not (checkout.venv / "left over").exists()


def test_a_failed_download_keeps_what_works_and_can_be_tried_again(checkout: Checkout) -> None:
    checkout.set_up("run")
    before = checkout.stamp.read_text()
    checkout.locks("nobody-has-this==1.0 --hash=sha256:" + "0" * 64 + "\n")
    checkout.uv(sync="echo 'error: Request failed after 3 retries' >&2; exit 2")

    failed = checkout.set_up("run")

    assert failed.returncode == 1
    assert "Set-up did not finish.\nuv: it ended with:\n  error: Request failed after 3 retries" in failed.stderr
    assert "Check the network (or pip's own index settings)" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert checkout.stamp.read_text() == before
    assert (checkout.venv / "bin" / "python").exists()

    checkout.uv()
    assert checkout.set_up("run").returncode == 0
    assert checkout.stamp.read_text() != before


def test_a_set_up_that_is_stopped_leaves_no_stamp(checkout: Checkout) -> None:
    started = checkout.root / "started"
    checkout.uv(sync=f'touch "{started}"; exec sleep 60')
    command, environ = checkout.command("run")
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True, cwd=checkout.root) as process:
        eventually(started.exists, "packages are being installed")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)

    assert process.returncode == 130
    assert said.splitlines()[-1] == "Set-up was stopped; the next start takes it up again."
    assert checkout.stamped_group() is None


def test_two_set_ups_at_once_take_turns_and_the_second_has_nothing_to_do(checkout: Checkout) -> None:
    checkout.set_up("run")
    checkout.called()
    command, environ = checkout.command("run")
    with (checkout.root / ".venv.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True, cwd=checkout.root) as second:
            assert second.stderr is not None
            assert second.stderr.readline() == "Another set-up of this checkout is running; waiting for it.\n"
            assert second.poll() is None
            fcntl.flock(turn, fcntl.LOCK_UN)
            assert second.wait(20) == 0
    assert checkout.called() == []


@pytest.mark.skipif(
    importlib.util.find_spec("ensurepip") is None, reason="this Python has no ensurepip (install python3-venv)"
)
def test_pip_installs_when_uv_fails_and_refuses_a_wrong_hash(checkout: Checkout) -> None:
    wheels = checkout.root.parent / "wheels"
    checkout.locks(wheel(wheels, "lead_crm_example"))
    checkout.uv(sync="exit 1")

    result = checkout.set_up("run")

    assert result.returncode == 0, result.stderr
    python = str(checkout.venv / "bin" / "python")
    answer = subprocess.run(
        [python, "-c", "import lead_crm_example; print(lead_crm_example.ANSWER)"], capture_output=True, check=True
    )
    assert answer.stdout == b"42\n"

    (checkout.tools / "uv").unlink()
    checkout.locks(f"lead_crm_other==1.0 --hash=sha256:{'0' * 64}\n")
    wheel(wheels, "lead_crm_other")
    refused = checkout.set_up("test")
    assert refused.returncode == 1
    assert f"Expected sha256 {'0' * 64}" in refused.stderr
    assert checkout.stamped_group() == "run"


def test_a_python_that_can_make_no_environment_gets_the_remedy_in_one_line(checkout: Checkout) -> None:
    (checkout.tools / "uv").unlink()
    bare = checkout.tools / "python"  # as Debian has it without python3-venv and without pip
    bare.write_text(
        f'#!/bin/sh\ncase "$*" in *ensurepip*|*"-m pip"*) exit 1 ;; esac\nexec {PYTHON} "$@"\n', encoding="utf-8"
    )
    bare.chmod(0o755)
    runner = f"import sys, runpy; sys.executable = {str(bare)!r}; sys.argv = [{str(checkout.script)!r}, 'run']; "
    runner += f"runpy.run_path({str(checkout.script)!r}, run_name='__main__')"
    checkout.tool("pip", "#!/bin/sh\necho 'pip 23.0.1 from somewhere (python 3.11)'\n")
    checkout.tool("pip3", "#!/bin/sh\nexit 1\n")

    result = subprocess.run(
        [PYTHON, "-I", "-c", runner], env={"PATH": str(checkout.tools)}, capture_output=True, text=True, check=False
    )

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "This Python cannot make a virtual environment: "
        f"install python{version}-venv (apt install python{version}-venv) or uv."
    )


def test_a_wrong_word_is_answered_with_the_usage(checkout: Checkout) -> None:
    result = checkout.set_up("everything")
    assert (result.returncode, result.stderr) == (2, "usage: environment.py run|test\n")


def test_a_missing_lock_file_is_named(checkout: Checkout) -> None:
    (checkout.root / "requirements" / "run.lock").unlink()
    result = checkout.set_up("run")
    assert result.returncode == 1
    assert "No such file or directory" in result.stderr
    assert "requirements/run.lock" in result.stderr


@pytest.mark.parametrize(
    ("wanted", "installed", "group"),
    [
        ("run", None, "run"),
        ("test", None, "test"),
        ("run", "run", "run"),
        ("run", "test", "test"),
        ("test", "run", "test"),
    ],
)
def test_the_wider_group_stays(wanted: str, installed: str | None, group: str) -> None:
    stamp = Stamp(installed, "", "", "") if installed else None
    assert group_to_install(wanted, stamp) == group


def test_packages_that_changed_need_a_pip_or_a_new_environment(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.set_up("run")
    python = checkout.venv / "bin" / "python"
    python.unlink()
    python.write_text(f'#!/bin/sh\ncase "$*" in *"import pip"*) exit 1 ;; esac\nexec {PYTHON} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    installed = Stamp.read(checkout.stamp)
    assert installed

    assert reason_to_rebuild(checkout.root, installed, installed) is None
    checkout.locks("# changed\n")
    wanted = Stamp.of(checkout.root, "run")
    assert reason_to_rebuild(checkout.root, Stamp(**{**vars(wanted), "lock": "old"}), wanted) == (
        "packages have changed and it has no pip"
    )
