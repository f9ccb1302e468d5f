"""What a new installation needs to be tried out: a first user, an endpoint, and the sandbox as a destination.

Run at every start of ``make run``; makes only what is missing, and says where things are.
"""

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.registry import connector_class
from leads.models import Destination, DestinationGate, Endpoint, EndpointSecret, Route
from leads.roles import OWNER
from leads.rotation import add_secret
from leads.scoring import add_usual_rules

FIRST_USER = "admin"


class Command(BaseCommand):
    help = _("Make the first user, endpoint and sandbox destination, where there are none.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("print JSON for programs"))

    def handle(self, *args: Any, **options: Any) -> None:
        password = make_first_user()
        secret = first_secret()
        if password:
            add_usual_rules()
        if settings.LEADCRM_SANDBOX_URL and settings.LEADCRM_SANDBOX_SECRET:
            connect_sandbox()
        facts = {
            "admin_url": f"{settings.LEADCRM_PUBLIC_URL}{reverse('admin:index')}",
            "username": FIRST_USER,
            "password": password,
            "endpoint_url": secret.url if secret else None,
            "sandbox_url": settings.LEADCRM_SANDBOX_URL or None,
            "sample_command": ".venv/bin/python manage.py post_sample_lead a_documented",
        }
        self.stdout.write(json.dumps(facts) if options["json"] else "\n".join(f"{k}: {v}" for k, v in facts.items()))


def make_first_user() -> str | None:
    """The new user's password, to be shown once; ``None`` when there are users already."""
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(12)
    user = User.objects.create_superuser(FIRST_USER, password=password)
    user.groups.add(Group.objects.get(name=OWNER))
    return password


def first_secret() -> EndpointSecret | None:
    """A valid address of the first endpoint, which is made when there is none; ``None`` when all are revoked."""
    endpoint = Endpoint.objects.filter(is_for_files=False, demo_of=None).order_by("pk").first()
    if endpoint is None:
        return add_secret(Endpoint.objects.create(name=_("First endpoint")))
    return EndpointSecret.objects.valid().filter(endpoint=endpoint, endpoint__enabled=True).first()


def connect_sandbox() -> None:
    """The sandbox receiver as a destination that takes every lead, while no other destination was ever made."""
    if Destination.objects.exists():
        return
    config = connector_class("https").Config.of(
        {
            "url": f"{settings.LEADCRM_SANDBOX_URL}/hook",
            "signing_secret": settings.LEADCRM_SANDBOX_SECRET,
            "body_shape": "event",
            "answer_holds_id": True,
        }
    )
    assert config.is_valid(), config.errors
    secret_names = config.secret_names()
    destination = Destination(name=_("Sandbox receiver"), kind="https", takes_test_leads=True)
    destination.settings = {name: value for name, value in config.cleaned_data.items() if name not in secret_names}
    destination.write_secrets({name: config.cleaned_data[name] for name in secret_names if config.cleaned_data[name]})
    destination.save()
    DestinationGate.objects.create(destination=destination)
    Route.objects.create(destination=destination)
