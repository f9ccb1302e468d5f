"""Users, groups and API tokens: a new person can sign in, and nobody makes themselves more than they are."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from knox.models import AuthToken

from leads.roles import OPS, OWNER, SALES
from tests.factories import make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, list_of, make_token, page_of
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import messages_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
NEWER = "another horse battery staple"

NO_ROWS_BESIDE = {f"{part}-{number}_FORMS": 0 for part in ("profile", "absences") for number in ("TOTAL", "INITIAL")}


def group(name: str) -> Group:
    return Group.objects.get(name=name)


def add(client: Client, **changes: Any) -> Any:
    posted = {"username": "mina", "email": "mina@contoso.example", "groups": [group(SALES).pk]}
    return client.post(address_of("auth_user_add"), posted | changes, follow=True)


def change(client: Client, user: User, **changes: Any) -> Any:
    posted = {"username": user.username, "is_active": "on", "is_staff": "on", **NO_ROWS_BESIDE}
    return client.post(page_of(user), posted | changes, follow=True)


@pytest.mark.parametrize("posted", [{"is_superuser": "on"}, {"user_permissions": "1"}, {"is_superuser": "True"}])
def test_nobody_is_made_superuser_by_a_form(owner: Client, posted: dict[str, Any]) -> None:
    user = make_user(SALES, is_staff=True)
    change(owner, user, groups=[group(OPS).pk], **posted)
    add(owner, **posted)
    assert not User.objects.filter(is_superuser=True).exists()
    assert not Permission.objects.filter(user__isnull=False).exists()
    user.refresh_from_db()
    assert [str(one) for one in user.groups.all()] == ["ops"]


def test_nobody_changes_their_own_groups_or_shuts_themselves_out(enter: Enter) -> None:
    boss = make_user(OWNER, is_staff=True)
    client = enter(user=boss)
    client.post(
        page_of(boss), {"username": boss.username, "first_name": "Bo", "groups": [group(SALES).pk], **NO_ROWS_BESIDE}
    )
    boss.refresh_from_db()
    assert (boss.first_name, boss.is_active, boss.is_staff) == ("Bo", True, True)
    assert [str(one) for one in boss.groups.all()] == ["owner"]


def test_an_owner_who_is_no_superuser_cannot_become_one_through_a_superusers_password(owner: Client) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    before = all_rows()
    posted = {"password1": NEWER, "password2": NEWER}
    assert owner.post(f"/admin/auth/user/{root.pk}/password/", posted).status_code == 403
    assert change(owner, root, email="evil@example.com").status_code == 403
    assert owner.post(page_of(root).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert all_rows() == before


def test_a_superuser_changes_another(enter: Enter) -> None:
    first, second = (User.objects.create_superuser(name, password=PASSWORD) for name in ("root", "root2"))
    change(enter(user=first), second, email="root2@example.com")
    second.refresh_from_db()
    assert second.email == "root2@example.com"


def test_a_changed_password_works_and_is_in_no_log(owner: Client) -> None:
    user = make_user(SALES, username="mina", password=PASSWORD, is_staff=True)
    answer = owner.post(f"/admin/auth/user/{user.pk}/password/", {"password1": NEWER, "password2": NEWER}, follow=True)
    assert messages_of(answer) == ["Password changed successfully."]
    assert [text for _who, _row, text in log()] == ["Changed password."]
    assert NEWER not in str(all_rows()["admin.LogEntry"])
    signed_in = Client().post("/admin/login/?next=/admin/", {"username": "mina", "password": NEWER})
    assert (signed_in.status_code, signed_in.headers["Location"]) == (302, "/admin/")


def test_people_change_their_own_password_with_the_old_one(enter: Enter) -> None:
    user = make_user(SALES, password=PASSWORD, is_staff=True)
    client = enter(user=user)
    wrong = {"old_password": "wrong", "new_password1": NEWER, "new_password2": NEWER}
    assert list(client.post("/admin/password_change/", wrong).context["form"].errors) == ["old_password"]
    client.post("/admin/password_change/", wrong | {"old_password": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(NEWER)


def test_who_left_entries_in_the_log_cannot_be_deleted_but_made_inactive(owner: Client, enter: Enter) -> None:
    user = make_user(OWNER, is_staff=True)
    enter(user=user).post(address_of("leads_offer_add"), {"name": "Firewall"} | NO_TITLES)
    assert len(log()) == 1
    assert owner.post(page_of(user).replace("change", "delete"), {"post": "yes"}).status_code == 403
    owner.post(page_of(user), {"username": user.username, **NO_ROWS_BESIDE})
    user.refresh_from_db()
    assert user.is_active is False


NO_TITLES = {f"titles-{part}": 0 for part in ("TOTAL_FORMS", "INITIAL_FORMS")}


def test_nobody_deletes_themselves(enter: Enter) -> None:
    boss = make_user(OWNER, is_staff=True)
    assert enter(user=boss).post(page_of(boss).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=boss.pk).exists()


def test_who_was_made_inactive_is_signed_out(enter: Enter) -> None:
    user = make_user(SALES, is_staff=True)
    client = enter(user=user)
    assert client.get("/admin/leads/lead/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/admin/leads/lead/").status_code == 302


def test_the_list_of_people_shows_their_groups(owner: Client) -> None:
    make_user(SALES, OPS, username="mina")
    assert "ops, sales" in owner.get(address_of("auth_user_changelist")).text


def test_people_can_be_filtered_by_group(owner: Client) -> None:
    seller = make_user(SALES)
    make_user(OPS)
    found = owner.get(address_of("auth_user_changelist"), {"groups__id__exact": group(SALES).pk})
    assert list(found.context["cl"].result_list) == [seller]


def test_the_groups_come_with_the_product_and_stay_as_they_are(owner: Client) -> None:
    sales = group(SALES)
    before = set(sales.permissions.all())
    owner.post(page_of(sales), {"name": "anything", "permissions": [Permission.objects.first()]})
    sales.refresh_from_db()
    assert (sales.name, set(sales.permissions.all())) == (SALES, before)


def test_a_token_that_is_taken_away_no_longer_signs_in(owner: Client) -> None:
    user = make_user(SALES)
    stored, token = AuthToken.objects.create(user)  # type: ignore[no-untyped-call]
    other = make_token()
    api = Client(headers={"Authorization": f"Bearer {token}"})
    assert api.get("/api/v1/leads").status_code == 200
    answer = owner.post(list_of(stored), {"action": "take_away", "_selected_action": [stored.pk]}, follow=True)
    assert api.get("/api/v1/leads").status_code == 401
    assert list(AuthToken.objects.all()) == [other]
    assert messages_of(answer) == ["1 token is no longer valid."]
    assert [row for _who, row, _text in log()] == [f"{stored.token_key}… ({user})"]


def test_no_page_about_tokens_shows_one(owner: Client) -> None:
    stored, token = AuthToken.objects.create(make_user())  # type: ignore[no-untyped-call]
    listed = owner.get(list_of(stored)).text
    assert stored.token_key in listed
    assert token not in listed
    assert not re.search(rf'href="[^"]*{stored.pk}', listed)
