import os
import sys
from pathlib import Path

import pytest

from leadcrm.start import static_files
from leadcrm.start.static_files import collected_once


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("leadcrm/static", "leads/static/leads", "var/static", ".venv"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "leadcrm" / "settings.py").write_text("STATIC_URL = 1")
    (tmp_path / "leads" / "static" / "leads" / "page.css").write_text("a {}")
    (tmp_path / ".venv" / "installed.json").write_text("{}")
    monkeypatch.setattr(static_files, "CHECKOUT", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.setenv("LEADCRM_STATE_DIR", str(tmp_path / "var"))
    return tmp_path


def collects() -> bool:
    with collected_once() as to_collect:
        return to_collect


def test_files_are_collected_once(checkout: Path) -> None:
    assert [collects(), collects(), collects()] == [True, False, False]


@pytest.mark.parametrize(
    "changed",
    ["leadcrm/settings.py", "leads/static/leads/page.css", "leads/static/leads/new.js", ".venv/installed.json"],
)
def test_a_change_of_what_they_come_from_collects_them_again(checkout: Path, changed: str) -> None:
    assert collects()
    (checkout / changed).write_text("something else")
    assert [collects(), collects()] == [True, False]


def test_a_file_that_was_only_touched_is_collected_again(checkout: Path) -> None:
    assert collects()
    os.utime(checkout / "leads/static/leads/page.css", (1, 1))
    assert [collects(), collects()] == [True, False]


def test_a_release_that_failed_is_not_remembered(checkout: Path) -> None:
    assert collects()
    (checkout / "leadcrm" / "settings.py").write_text("changed")
    with pytest.raises(RuntimeError), collected_once():
        raise RuntimeError
    assert collects()


def test_collected_files_that_were_removed_are_collected_again(checkout: Path) -> None:
    assert collects()
    (checkout / "var" / "static").rmdir()
    assert collects()


def test_without_a_stamp_nothing_is_known_and_everything_collected(checkout: Path) -> None:
    (checkout / ".venv" / "installed.json").unlink()
    assert [collects(), collects()] == [True, True]
