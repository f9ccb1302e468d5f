import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from knox.models import AuthToken

from leads.roles import SALES
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("create_api_token", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_token_alone_goes_to_standard_output_and_signs_in(client: Client) -> None:
    user = make_user(SALES, username="mina")
    out, err = run("mina")
    token = out.strip()
    assert client.get("/api/v1/leads", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    stored = AuthToken.objects.get(user=user)
    assert timedelta(days=364) < stored.expiry - timezone.now() <= timedelta(days=365)
    assert token not in stored.digest
    assert err.startswith(f"Shown only now. Valid until {stored.expiry:%Y-%m-%d} for mina.")
    assert token not in err


def test_json_is_for_programs() -> None:
    make_user(username="mina")
    out, err = run("mina", "--json", "--expires", "7")
    answer = json.loads(out)
    assert answer.keys() == {"username", "token", "expires_at"}
    assert answer["username"] == "mina"
    assert parse_datetime(answer["expires_at"]) == AuthToken.objects.get().expiry
    assert AuthToken.objects.get().expiry - timezone.now() <= timedelta(days=7)
    assert err == ""


def test_a_user_that_does_not_exist_is_named() -> None:
    with pytest.raises(CommandError, match=r"There is no user 'nobody'\. Add one in the admin"):
        run("nobody")
    assert not AuthToken.objects.exists()


def test_a_user_who_is_not_active_gets_none() -> None:
    make_user(username="gone", is_active=False)
    with pytest.raises(CommandError, match="'gone' is not active"):
        run("gone")
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize("days", ["0", "-1", "3651", "soon", "9" * 30, "1.5"])
def test_days_out_of_range_are_refused(days: str) -> None:
    make_user(username="mina")
    with pytest.raises(CommandError, match="give a whole number of days from 1 to 3650"):
        run("mina", f"--expires={days}")
    assert not AuthToken.objects.exists()
