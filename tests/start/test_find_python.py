"""``find_python.sh`` with Pythons made up for the test on a PATH of their own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from leadcrm import embedded

SCRIPT = embedded.CHECKOUT / "leadcrm" / "start" / "find_python.sh"
COMMON_PLACES = "/usr/local/bin /opt/homebrew/bin /usr/bin"
REAL = sys.base_prefix + "/bin/python3"
SHIM = "#!/bin/sh\necho 'pyenv: python3: command not found' >&2\nexit 127\n"


class Machine:
    """A machine with the Pythons a test gives it and none besides."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.bin.mkdir()
        for tool in ("sh", "dirname", "tr", "sed"):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        self.script = root / "checkout" / "leadcrm" / "start" / "find_python.sh"
        self.script.parent.mkdir(parents=True)
        text = SCRIPT.read_text()
        assert COMMON_PLACES in text
        self.script.write_text(text.replace(COMMON_PLACES, str(root / "common")))

    def has(self, path: str, text: str) -> Path:
        program = self.root / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
        return program

    def has_python(self, path: str, version: str | None = None) -> Path:
        """The test's own Python under another name; with a version, one that believes to be of that version."""
        if version is None:
            return self.has(path, f'#!/bin/sh\nexec {REAL} "$@"\n')
        belief = f"import sys; sys.version_info = ({version.replace('.', ', ')}, 'final', 0); exec(sys.argv[1])"
        return self.has(path, f'#!/bin/sh\nexec {REAL} -E -s -c "{belief}" "$4"\n')

    def find(self, *, path: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        search = ":".join(filter(None, [path, str(self.bin)]))
        command = [str(self.bin / "sh"), str(self.script)]
        return subprocess.run(
            command, env={"PATH": search, **environ}, capture_output=True, text=True, check=False, timeout=30
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def found(result: subprocess.CompletedProcess[str]) -> bool:
    return result.returncode == 0 and Path(result.stdout.strip()).resolve() == Path(REAL).resolve()


def test_plain_python3_is_taken_when_it_is_new_enough(machine: Machine) -> None:
    machine.has_python("bin/python3")
    result = machine.find()
    assert found(result)
    assert result.stderr == ""


def test_a_newer_one_beside_an_old_python3_is_found(machine: Machine) -> None:
    machine.has_python("bin/python3", "3.11.7")
    machine.has_python("bin/python3.13")
    assert found(machine.find())


def test_shims_that_do_not_work_lead_to_the_versions_beside_them(machine: Machine) -> None:
    for name in ("python3", "python3.12"):
        machine.has(f"pyenv/shims/{name}", SHIM)
    machine.has_python("pyenv/versions/3.9.1/bin/python3", "3.9.1")
    machine.has_python("pyenv/versions/3.12.1/bin/python3")

    assert found(machine.find(path=str(machine.root / "pyenv" / "shims")))
    assert found(machine.find(path=str(machine.root / "pyenv" / "shims") + "/", HOME=""))


@pytest.mark.parametrize(("variable", "folder"), [("PYENV_ROOT", "somewhere else"), ("HOME", "home/.pyenv")])
def test_pyenv_is_found_without_its_shims_on_path(machine: Machine, variable: str, folder: str) -> None:
    machine.has_python(f"{folder}/versions/3.12.1/bin/python3")
    assert found(machine.find(**{variable: str(machine.root / folder.removesuffix("/.pyenv"))}))


def test_uv_is_asked_and_kept_from_downloading(machine: Machine) -> None:
    python = machine.has_python("uv-pythons/python3")
    machine.has("bin/uv", f'#!/bin/sh\n[ "$UV_PYTHON_DOWNLOADS" = never ] && echo {python}\n')
    assert found(machine.find())


def test_a_common_place_that_is_not_on_path_is_looked_at(machine: Machine) -> None:
    machine.has_python("common/python3.12")
    assert found(machine.find())


def test_the_python_of_the_environment_stays_when_path_offers_another(machine: Machine) -> None:
    machine.has_python("checkout/.venv/bin/python")
    machine.has("bin/python3", "#!/bin/sh\necho /not/this/one\n")
    assert found(machine.find())


def test_an_environment_whose_python_is_gone_is_passed_over(machine: Machine) -> None:
    machine.has("checkout/.venv/bin/python", "#!/gone/python\n")
    machine.has_python("bin/python3")
    assert found(machine.find())


def test_an_active_environment_gives_the_python_it_was_made_from(machine: Machine) -> None:
    machine.has("bin/python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    assert found(machine.find())


def test_the_python_named_by_the_variable_wins(machine: Machine) -> None:
    machine.has("bin/python3", "#!/bin/sh\necho /not/this/one\n")
    named = machine.has_python("mine/python")
    assert found(machine.find(PYTHON=str(named)))


@pytest.mark.parametrize(
    ("version", "reason"), [("3.11.7", "is Python 3.11.7, too old"), (None, "There is no such program.")]
)
def test_a_named_python_that_will_not_do_is_refused_and_not_replaced(
    machine: Machine, version: str | None, reason: str
) -> None:
    machine.has_python("bin/python3")
    if version:
        machine.has_python("bin/mine", version)

    result = machine.find(PYTHON="mine")

    assert result.returncode == 1
    assert result.stdout == ""
    assert "PYTHON=mine will not do" in result.stderr
    assert reason in result.stderr


def test_none_at_all_says_what_was_seen_and_what_to_install(machine: Machine) -> None:
    old = machine.has_python("bin/python3", "3.11.7")
    broken = machine.has("bin/python3.12", SHIM)

    result = machine.find()

    assert result.returncode == 1
    assert result.stdout == ""
    assert "Lead CRM needs Python 3.12 or newer, and none was found." in result.stderr
    assert f"{old} is Python 3.11.7, too old" in result.stderr
    assert f"{broken} does not run" in result.stderr
    assert "apt install python3.12 python3.12-venv" in result.stderr
    assert result.stderr.count(str(old)) == 2  # python3 and python3.12 begin alike, and each is named once
