import base64
import stat
from pathlib import Path

import pytest

from leadcrm.start.local_env import keep_settings, parsed, setting, updated


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "local.env"


def test_the_first_start_makes_keys_and_addresses(path: Path) -> None:
    keep_settings(path, web_port=8000, sandbox_port=8009)

    made = parsed(path.read_text())
    assert len(base64.urlsafe_b64decode(made.pop("LEADCRM_FIELD_KEYS"))) == 32
    assert len(made.pop("LEADCRM_SECRET_KEY")) >= 50
    assert len(base64.b64decode(made.pop("LEADCRM_SANDBOX_SECRET").removeprefix("whsec_"), validate=True)) == 32
    assert made == {
        "LEADCRM_PUBLIC_URL": "http://127.0.0.1:8000",
        "LEADCRM_SANDBOX_URL": "http://127.0.0.1:8009",
        "LEADCRM_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "LEADCRM_ALLOW_HTTP_DESTINATIONS": "true",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["local.env"]


def test_two_checkouts_get_different_keys(tmp_path: Path) -> None:
    for name in ("one", "two"):
        keep_settings(tmp_path / name, web_port=8000, sandbox_port=None)
    one, two = (parsed((tmp_path / name).read_text()) for name in ("one", "two"))
    assert one["LEADCRM_SECRET_KEY"] != two["LEADCRM_SECRET_KEY"]
    assert one["LEADCRM_FIELD_KEYS"] != two["LEADCRM_FIELD_KEYS"]


def test_a_start_that_changes_nothing_does_not_write(path: Path) -> None:
    keep_settings(path, web_port=8000, sandbox_port=8009)
    before = path.stat()
    keep_settings(path, web_port=8000, sandbox_port=8009)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_other_ports_move_only_the_addresses(path: Path) -> None:
    keep_settings(path, web_port=8000, sandbox_port=8009)
    before = path.read_text()
    keep_settings(path, web_port=8100, sandbox_port=8109)
    assert path.read_text() == before.replace(":8000", ":8100").replace(":8009", ":8109")


def test_without_a_sandbox_its_address_goes_and_comes_back(path: Path) -> None:
    keep_settings(path, web_port=8000, sandbox_port=8009)
    keep_settings(path, web_port=8000, sandbox_port=None)
    assert "LEADCRM_SANDBOX_URL" not in parsed(path.read_text())
    keep_settings(path, web_port=8000, sandbox_port=8009)
    assert parsed(path.read_text())["LEADCRM_SANDBOX_URL"] == "http://127.0.0.1:8009"


def test_what_a_person_wrote_stays(path: Path) -> None:
    theirs = (
        "# our tunnel\n"
        "LEADCRM_PUBLIC_URL=https://leads.example.com\n"
        "export LEADCRM_ALLOW_HTTP_DESTINATIONS=false\n"
        'LEADCRM_TIME_ZONE="Asia/Seoul"\n'
    )
    path.write_text(theirs)

    keep_settings(path, web_port=8100, sandbox_port=None)

    text = path.read_text()
    assert text.startswith(theirs)
    added = [line.partition("=")[0] for line in text.removeprefix(theirs).splitlines()]
    assert added == [
        "LEADCRM_SECRET_KEY",
        "LEADCRM_FIELD_KEYS",
        "LEADCRM_SANDBOX_SECRET",
        "LEADCRM_ALLOWED_PRIVATE_NETWORKS",
    ]


def test_a_line_is_set_once_and_removed_wherever_it_stands() -> None:
    assert updated("A=1\nB=2\nA=3\nC=4\n", {"A": "9", "C": None, "D": "5", "E": None}) == "A=9\nB=2\nD=5\n"


def test_comments_and_lines_without_a_value_are_no_settings() -> None:
    assert parsed("# A=1\n\nB\nC = 'x=y' \nexport D=\n") == {"C": "x=y", "D": ""}


def test_the_environment_wins_over_a_mounted_file_and_that_over_ours(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("DATABASE_URL=ours\n")
    (tmp_path / "mounted").write_text("mounted\n")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert setting("DATABASE_URL", path) == "ours"
    assert setting("CELERY_BROKER_URL_OF_NOBODY", path) == ""
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "not mounted"))
    assert setting("DATABASE_URL", path) == "ours"
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "mounted"))
    assert setting("DATABASE_URL", path) == "mounted"
    monkeypatch.setenv("DATABASE_URL", "environment")
    assert setting("DATABASE_URL", path) == "environment"
