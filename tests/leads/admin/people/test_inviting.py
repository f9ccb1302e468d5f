"""Colleagues are invited: they get a link with which they set their password, by mail or from whoever invites them."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django.fixtures import Settings

from leads.roles import SALES
from tests.factories import make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import errors_of, messages_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _address(settings: Settings) -> None:
    settings.LEADCRM_PUBLIC_URL = "http://testserver"
    settings.LEADCRM_SENDS_MAIL = False


def invite(client: Client, **changes: Any) -> Any:
    groups = [Group.objects.get(name=SALES).pk]
    posted = {"email": "mina@contoso.example", "first_name": "Mina", "groups": groups}
    return client.post(address_of("auth_user_add"), posted | changes, follow=True)


def link_in(text: str) -> str:
    found = re.search(r"http://testserver(/set-password/[\w/=-]+)", text)
    assert found
    return found[1]


def set_password(link: str, password: str = PASSWORD) -> tuple[Client, Any]:
    client = Client()
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0] if form.redirect_chain else link
    return client, client.post(address, {"new_password1": password, "new_password2": password}, follow=True)


def test_without_mail_the_link_is_shown_once_and_signs_in(owner: Client) -> None:
    answer = invite(owner)
    (message,) = messages_of(answer)
    assert "Give Mina this link, which is shown only this once and holds for 3 days:" in message
    assert "set-password" not in owner.get(address_of("auth_user_changelist")).text
    user = User.objects.get(username="mina@contoso.example")
    assert (user.is_staff, user.is_superuser, user.has_usable_password()) == (True, False, False)
    client, page = set_password(link_in(message))
    assert page.status_code == 200
    assert client.get("/admin/leads/lead/").status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_with_mail_the_link_goes_there_and_is_not_shown(owner: Client, settings: Settings) -> None:
    settings.LEADCRM_SENDS_MAIL = True
    answer = invite(owner)
    assert messages_of(answer) == ["A link to set a password was sent to mina@contoso.example. It holds for 3 days."]
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["mina@contoso.example"], "Your access to Lead CRM")
    assert "where you sign in as mina@contoso.example" in sent.body
    client, _page = set_password(link_in(str(sent.body)))
    assert client.get("/admin/leads/lead/").status_code == 200


def test_where_the_mail_cannot_be_sent_the_link_is_shown(
    owner: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any) -> int:
        raise ConnectionRefusedError

    settings.LEADCRM_SENDS_MAIL = True
    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    (message,) = messages_of(invite(owner))
    assert "The mail could not be sent (ConnectionRefusedError)." in message
    assert link_in(message)


def test_a_link_holds_once(owner: Client) -> None:
    link = link_in(messages_of(invite(owner))[0])
    set_password(link)
    again = Client().get(link)
    assert "This link was used already, or it is too old." in again.text


@pytest.mark.parametrize("link", ["/set-password/MQ/x-y/", "/set-password/%00/x-y/", "/set-password/MQ/set-password/"])
def test_a_link_that_was_made_up_does_nothing(owner: Client, link: str) -> None:
    assert "This link was used already, or it is too old." in Client().get(link).text


def test_a_weak_password_is_refused(owner: Client) -> None:
    client, page = set_password(link_in(messages_of(invite(owner))[0]), "12345678")
    assert page.context["form"].errors
    assert client.get("/admin/leads/lead/").status_code == 302


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": ""}, "username"),
        ({"email": "mina"}, "email"),
        ({"username": "a b"}, "username"),
        ({"username": "TOM"}, "username"),
        ({"email": "tom@contoso.example"}, "username"),
    ],
)
def test_who_cannot_be_invited_is_refused_beside_the_field(owner: Client, values: dict[str, str], field: str) -> None:
    make_user(username="tom")
    make_user(username="tom@contoso.example")
    answer = invite(owner, **values)
    assert field in errors_of(answer)
    assert User.objects.count() == 3


def test_an_address_that_a_colleague_has_is_refused_whatever_its_case(owner: Client) -> None:
    make_user(username="tom", email="Tom@Contoso.example")
    answer = invite(owner, email="tom@contoso.EXAMPLE")
    assert errors_of(answer) == {"email": ["tom has this e-mail address already. Send them a new link instead."]}
    answer = invite(owner, email="tom@contoso.example", username="tom2")
    assert list(errors_of(answer)) == ["email"]
    assert User.objects.count() == 2


def test_the_address_of_somebody_who_has_left_can_be_given_again(owner: Client) -> None:
    make_user(username="tom", email="mina@contoso.example", is_active=False)
    invite(owner)
    assert User.objects.filter(email="mina@contoso.example", is_active=True).count() == 1


def test_several_may_have_no_address(owner: Client) -> None:
    make_user(username="tom", email="")
    invite(owner, email="", username="mina")
    assert User.objects.filter(email="", username__in=["tom", "mina"]).count() == 2


def test_who_is_in_no_group_cannot_be_invited(owner: Client) -> None:
    answer = invite(owner, groups=[])
    assert errors_of(answer) == {"groups": ["Choose what they may do: at least one group."]}
    assert User.objects.count() == 1
    boxes = re.findall(r'<input type="checkbox" name="groups"[^>]*>', owner.get(address_of("auth_user_add")).text)
    assert len(boxes) == 4
    assert not [box for box in boxes if "required" in box]  # the browser would ask for all of them


def test_the_link_is_in_a_field_as_wide_as_there_is_room(owner: Client) -> None:
    (message,) = invite(owner).context["messages"]
    assert re.search(r'<span class="lc-url"><input type="text" readonly value="http://[^"]+"', str(message))


def test_a_new_link_is_sent_to_who_has_lost_theirs(owner: Client, settings: Settings) -> None:
    settings.LEADCRM_SENDS_MAIL = True
    user = make_user(SALES, email="tom@contoso.example", password="old", is_staff=True)
    owner.post(button_of(user, "invite"))
    assert [text for _who, _row, text in log()] == ["Invited."]
    set_password(link_in(str(mail.outbox[0].body)))
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_nobody_gets_a_link_to_a_superusers_password_or_back_in(enter: Enter, owner: Client) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    gone = make_user(SALES, is_active=False)
    assert [owner.post(button_of(one, "invite")).status_code for one in (root, gone)] == [403, 403]
    assert mail.outbox == []


def test_the_link_is_in_no_log_of_the_admin(owner: Client) -> None:
    invite(owner, first_name='"><script>')
    assert "set-password" not in str(log())
    assert "<script>" not in owner.get(address_of("auth_user_changelist")).text.replace("<script ", "")
