"""A checkout with nothing but the set-up in it, for the tests of the set-up."""

import base64
import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from leadcrm import embedded
from leadcrm.start.environment import Stamp

PYTHON = sys.base_prefix + "/bin/python3"
UV = """#!/bin/sh
echo "$@" >> "{calls}"
case "$1 $2" in
    "pip sync") {sync} ;;
    *)
        for last; do :; done
        mkdir -p "$last/bin" && ln -s {python} "$last/bin/python" && echo "home = {home}" > "$last/pyvenv.cfg"
        ;;
esac
"""


class Checkout:
    """A checkout with two lock files and a uv that notes how it was called."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.stamp = self.venv / "installed.json"
        self.tools = root / "tools"
        self.calls = root / "calls"
        self.script = root / "leadcrm" / "start" / "environment.py"
        self.script.parent.mkdir(parents=True)
        shutil.copy(embedded.CHECKOUT / "leadcrm" / "start" / "environment.py", self.script)
        (root / "requirements").mkdir()
        self.locks("")
        self.tools.mkdir()
        self.uv()

    def locks(self, text: str) -> None:
        (self.root / "requirements" / "run.lock").write_text(text)
        (self.root / "requirements" / "test.lock").write_text(f"# more\n{text}")

    def uv(self, sync: str = "exit 0") -> None:
        self.tool("uv", UV.format(calls=self.calls, python=PYTHON, home=Path(PYTHON).parent, sync=sync))

    def tool(self, name: str, text: str) -> None:
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def command(self, group: str) -> tuple[list[str], dict[str, str]]:
        wheels = str(self.root.parent / "wheels")
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, "PIP_CONFIG_FILE": "/dev/null"}
        return [PYTHON, "-I", str(self.script), group], {"PATH": f"{self.tools}:/usr/bin:/bin", **offline}

    def set_up(self, group: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command, ours = self.command(group)
        return subprocess.run(
            command, env=ours | environ, capture_output=True, text=True, check=False, timeout=60, cwd=self.root
        )

    def called(self) -> list[str]:
        """What uv was called for since the last question: its first words."""
        if not self.calls.exists():
            return []
        calls = self.calls.read_text().splitlines()
        self.calls.unlink()
        return [" ".join(call.split()[:2]) if call.startswith("pip") else call.split()[0] for call in calls]

    def stamped_group(self) -> str | None:
        stamp = Stamp.read(self.stamp)
        return stamp.group if stamp else None


def wheel(folder: Path, name: str) -> str:
    """Makes a wheel with one module in it; returns its line for a lock file."""
    folder.mkdir(exist_ok=True)
    about = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "ANSWER = 42\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}"
        for path, text in files.items()
    ]
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in {**files, f"{about}/RECORD": "\n".join([*record, f"{about}/RECORD,,\n"])}.items():
            archive.writestr(inside, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
