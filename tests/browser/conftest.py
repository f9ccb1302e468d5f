"""A real browser on the admin. It says nothing on its console and talks to nobody but the server under test."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from leads import hints
from leads.roles import OWNER
from tests.factories import make_user
from tests.leads.admin.conftest import BACKEND

type Enter = Callable[..., User]

# Playwright's own loop is left running, and Django would refuse the database because of it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = (
    "NO BROWSER: the admin was not tried in one. Install Chromium (Debian: apt install chromium), or run "
    "`.venv/bin/playwright install chromium`, or name one in CHROMIUM."
)
QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
QUIETER = ("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage")


def find_browser() -> str | None:
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if named:
        return named
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if os.path.exists(own) else None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = find_browser()
    if path is None and os.environ.get("CI"):
        pytest.fail(NO_BROWSER)
    if path is None:
        pytest.skip(NO_BROWSER)
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # as root it refuses to start with one
    return {**browser_type_launch_args, "args": [*QUIET, *QUIETER, *as_root], "executable_path": path}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skip that nobody reads would look like a success."""
    if any(NO_BROWSER in str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(NO_BROWSER, red=True, bold=True)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    wide = {"width": 1440, "height": 900}
    return {
        **browser_context_args,
        "viewport": wide,
        "locale": "en-US",
        "permissions": ["clipboard-read", "clipboard-write"],
    }


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """No broker, nothing remembered from the test before, and cookies over plain HTTP."""
    monkeypatch.setattr(hints._messenger, "want", lambda task: None)
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    cache.clear()


@pytest.fixture(autouse=True)
def _quiet(page: Page, live_server: LiveServer) -> Iterator[None]:
    """Whatever a test does: no error on the console, and no request to a foreign address."""
    page.set_default_timeout(10_000)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    yield
    here = urlsplit(live_server.url).netloc
    assert {url for url in asked if urlsplit(url).netloc != here and not url.startswith("data:")} == set()
    assert heard == []


@pytest.fixture
def enter(page: Page, live_server: LiveServer, transactional_db: None) -> Enter:
    """Signs the browser in, as this user or as a new member of staff in these groups."""

    def sign_in(*groups: str, user: User | None = None) -> User:
        user = user or make_user(*groups, is_staff=True)
        client = Client()
        client.force_login(user, backend=BACKEND)
        page.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        return user

    return sign_in


@pytest.fixture
def owner(enter: Enter) -> User:
    return enter(OWNER)


@pytest.fixture
def visit(page: Page, live_server: LiveServer) -> Callable[[str], None]:
    """Opens an address of the server and waits until the page is loaded."""

    def go(address: str) -> None:
        answer = page.goto(f"{live_server.url}{address}")
        assert answer is not None
        assert answer.ok, f"{address}: {answer.status}"

    return go
