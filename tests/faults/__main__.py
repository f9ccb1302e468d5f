"""``python -m tests.faults``: every case on both databases; prints what was found and writes ``docs/reliability.md``.

With ``--quick`` a part of the cases, and nothing is written. Exit code 1 when one of them does not hold.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from leadcrm.embedded import CHECKOUT
from tests.faults import report

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PAGE = CHECKOUT / "docs" / "reliability.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a part of the cases; writes nothing")
    quick = parser.parse_args().quick
    found = {label: results_on(database, quick=quick) for database, label in DATABASES.items()}
    tables = "\n".join(report.table(label, results) for label, results in found.items())
    sys.stdout.write(f"\n{tables}")
    if not quick:
        PAGE.write_text(f"{report.INTRODUCTION}\n{tables}")
    return int(any(result.failure for results in found.values() for result in results))


def results_on(database: str, *, quick: bool) -> list[report.Result]:
    with tempfile.TemporaryDirectory(prefix="leadcrm-faults-") as folder:
        junit = Path(folder) / "results.xml"
        words = [
            "tests/faults",
            "-o",
            "junit_family=xunit1",
            f"--junitxml={junit}",
            *(["-m", "quick"] if quick else []),
        ]
        environ = os.environ | {"TEST_DATABASE": database}
        ended = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=CHECKOUT, env=environ, check=False)
        found = report.read(junit) if junit.exists() else []
    if ended.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        found.append(report.Result("The run itself", f"it ended early, with exit code {ended.returncode}", {}))
    return found


if __name__ == "__main__":
    sys.exit(main())
