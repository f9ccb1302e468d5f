"""The Makefile with stand-ins for every program it calls."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from leadcrm import embedded

# Notes its words; fails when they contain what FAIL names.
PROGRAM = (
    '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\ncase "$*" in *"${FAIL:-nothing at all}"*) exit 1 ;; esac\n'
)


SET_UP = ("environment.py", "import secrets", "install.sh")


class Checkout:
    """A folder with the real Makefile and the calls it makes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls = root / "calls"
        shutil.copy(embedded.CHECKOUT / "Makefile", root)
        for folder in ("leadcrm/locale/ko/LC_MESSAGES", "leads", "integrations", "templates", "tests"):
            (root / folder).mkdir(parents=True)
        (root / "manage.py").touch()
        for program in (".venv/bin/python", ".venv/bin/lint-imports", "bin/msgcmp", "bin/msgfmt", "bin/msgunfmt"):
            self.program(program)
        self.program("integrations/sandbox/azure/emulator/install.sh")
        self.program("leadcrm/start/find_python.sh", f"#!/bin/sh\necho {root}/.venv/bin/python\n")

    def program(self, path: str, text: str = PROGRAM) -> None:
        program = self.root / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)

    def make(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        ours = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "CALLS": str(self.calls), "HOME": ""}
        return subprocess.run(
            ["make", *words], cwd=self.root, env=ours | environ, capture_output=True, text=True, check=False, timeout=60
        )

    def called(self) -> list[str]:
        """The calls in their order, without what is set up for the tests and the making of keys."""
        calls = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [call for call in calls if not any(one in call for one in SET_UP)]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


CHECKS = [
    "python -m ruff format --check .",
    "python -m ruff check .",
    "python -m mypy .",
    "lint-imports ",
    "python manage.py makemigrations --check --dry-run",
    "python manage.py check --deploy --fail-level WARNING",
    "python manage.py makemessages --locale ko --no-obsolete --ignore var --ignore tests --verbosity 0",
]


def test_make_alone_lists_what_there_is(checkout: Checkout) -> None:
    result = checkout.make()
    assert result.returncode == 0
    names = [line.split()[1] for line in result.stdout.splitlines()]
    assert names == [
        "help",
        "run",
        "setup",
        "test",
        "azurite",
        "test-sqlite",
        "test-postgresql",
        "test-system",
        "faults",
        "check",
        "messages",
        "openapi",
        "lock",
        "format",
        "clean",
    ]
    assert checkout.called() == []


def test_run_sets_up_and_passes_the_ports_on(checkout: Checkout) -> None:
    assert checkout.make("run", "PORT=8100", "SANDBOX_PORT=8109").returncode == 0
    assert checkout.calls.read_text().splitlines() == [
        "python -I leadcrm/start/environment.py run",
        "python -m leadcrm.start --port 8100 --sandbox-port 8109",
    ]


def test_run_does_not_go_on_after_a_set_up_that_failed(checkout: Checkout) -> None:
    assert checkout.make("run", FAIL="environment.py").returncode != 0
    assert checkout.called() == []


def test_run_tells_the_exit_code_of_the_start(checkout: Checkout) -> None:
    assert checkout.make("run", FAIL="leadcrm.start").returncode == 2  # make's own for "a command failed"


PYTEST = "python -m pytest -n 2 --dist loadscope"


def test_test_runs_on_both_databases_and_says_so(checkout: Checkout) -> None:
    result = checkout.make("test", "ARGS=-k webhook")
    assert result.returncode == 0
    assert checkout.called() == [f"{PYTEST} -k webhook", f"{PYTEST} -k webhook"]
    assert "== Tests on SQLite" in result.stdout
    assert "== Tests on PostgreSQL" in result.stdout
    assert result.stdout.splitlines()[-1] == "Passed: quick-on-sqlite quick-on-postgresql"


def test_test_leaves_the_slow_ones_to_check(checkout: Checkout) -> None:
    assert checkout.make("test").returncode == 0
    sqlite, postgresql = checkout.called()
    assert sqlite.startswith(f"{PYTEST} -m not slow --ignore=tests/start ")
    assert postgresql.startswith(f"{sqlite} --ignore=tests/integrations ")


def test_check_runs_every_step_in_its_order(checkout: Checkout) -> None:
    result = checkout.make("check")
    assert result.returncode == 0, result.stderr
    called = checkout.called()
    assert called[: len(CHECKS)] == CHECKS
    assert [call.split()[0] for call in called[len(CHECKS) : -5]] == ["msgcmp", "msgfmt", "msgunfmt", "msgunfmt"]
    sqlite, postgresql, *system, faults = called[-5:]
    assert sqlite == f"{PYTEST} --ignore=tests/start --ignore=tests/flows --ignore=tests/browser --ignore=tests/faults"
    assert postgresql.startswith(f"{sqlite} --ignore=tests/integrations")
    assert system == [f"{PYTEST} tests/start tests/flows tests/browser", f"{PYTEST} tests/flows"]
    assert faults == "python -m tests.faults --quick"
    assert result.stdout.splitlines()[-1].startswith("Passed: format-check lint types imports ")


@pytest.mark.parametrize(
    ("fail", "step"),
    [
        ("ruff format", "format-check"),
        ("mypy", "types"),
        ("--deploy", "deployment"),
        ("makemessages", "translations"),
        ("--output-file", "compiled-translations"),
        ("--ignore=tests/i18n", "test-postgresql"),
        ("tests/flows tests/browser", "system-on-sqlite"),
        ("tests.faults", "faults-quick"),
    ],
)
def test_a_failed_step_is_named_and_keeps_no_other_from_running(checkout: Checkout, fail: str, step: str) -> None:
    passing = checkout.make("check")
    assert passing.returncode == 0
    every = {call.split()[0] + call.split()[-1] for call in checkout.called() if "python" in call}
    checkout.calls.unlink()

    result = checkout.make("check", FAIL=fail)

    assert result.returncode == 2
    assert result.stdout.splitlines()[-1] == f"Failed: {step}"
    assert {call.split()[0] + call.split()[-1] for call in checkout.called() if "python" in call} == every


def test_a_set_up_that_failed_fails_the_check_before_any_step(checkout: Checkout) -> None:
    result = checkout.make("check", FAIL="environment.py")
    assert result.returncode == 2
    assert checkout.called() == []
    assert "Passed" not in result.stdout


def test_clean_leaves_what_is_kept(checkout: Checkout) -> None:
    (checkout.root / "var").mkdir()
    assert checkout.make("clean").returncode == 0
    assert not (checkout.root / ".venv").exists()
    assert (checkout.root / "var").is_dir()
