"""Stands in for ``manage.py`` in a miniature checkout: ``release`` and ``first_run --json``."""

import json
import os
import sys
from pathlib import Path

state = Path(os.environ["LEADCRM_STATE_DIR"])


def release() -> None:
    if (state / "release.broken").exists():
        sys.exit("no such table: leads_lead")
    with (state / "releases").open("a") as releases:
        releases.write("once\n")


def first_run() -> None:
    settings = dict(line.split("=", 1) for line in (state / "local.env").read_text().splitlines() if "=" in line)
    known = (state / "user").exists()
    (state / "user").touch()
    facts = {
        "admin_url": f"{settings['LEADCRM_PUBLIC_URL']}/admin/",
        "username": "admin",
        "password": None if known else "one-password-for-all",
        "endpoint_url": f"{settings['LEADCRM_PUBLIC_URL']}/webhooks/secret",
        "sandbox_url": settings.get("LEADCRM_SANDBOX_URL"),
        "sample_command": ".venv/bin/python manage.py post_sample_lead a_documented",
    }
    json.dump(facts, sys.stdout)
    sys.stderr.write("made the user\n")


{"release": release, "first_run": first_run}[sys.argv[1]]()
