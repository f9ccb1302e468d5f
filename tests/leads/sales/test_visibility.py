"""Who sees which leads, with teams and without."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User

from leads.models import Delivery, Lead, Touch
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.sales.visibility import seen_by, visible_leads
from tests.factories import make_delivery, make_lead, make_team, make_touch, make_user

pytestmark = pytest.mark.django_db


class People:
    """Two teams: Tom and Ines with Kim as their sales lead, and Max alone."""

    def __init__(self) -> None:
        self.tom, self.ines, self.max = (make_user(SALES) for _number in range(3))
        self.kim, self.ops, self.owner = make_user(SALES_LEAD), make_user(OPS), make_user(OWNER)
        self.lone = make_user(SALES)
        self.north = make_team(self.tom, self.ines, leader=self.kim)
        self.south = make_team(self.max)
        self.root = make_user(is_superuser=True)


@pytest.fixture
def people(db: None) -> People:
    return People()


def names_seen_by(user: User) -> set[str]:
    fresh = User.objects.get(pk=user.pk)
    return set(visible_leads(fresh).values_list("last_name", flat=True))


def make_leads(people: People) -> None:
    for name in ("tom", "ines", "max", "kim", "ops"):
        make_lead(last_name=name, owner=getattr(people, name))
    make_lead(last_name="nobody")
    make_lead(last_name="north", team=people.north, owner=people.max)
    make_lead(last_name="south, nobody", team=people.south)


SEEN = {
    "tom": {"tom", "ines", "north", "nobody", "south, nobody"},
    "ines": {"tom", "ines", "north", "nobody", "south, nobody"},
    "max": {"max", "north", "nobody", "south, nobody"},
    "kim": {"tom", "ines", "kim", "north", "nobody", "south, nobody"},
    "lone": {"nobody", "south, nobody"},
}
ALL = {"tom", "ines", "max", "kim", "ops", "nobody", "north", "south, nobody"}


@pytest.mark.parametrize("name", ["tom", "ines", "max", "kim", "lone", "ops", "owner", "root"])
def test_people_see_their_own_their_teams_and_what_is_nobodys(people: People, name: str) -> None:
    make_leads(people)
    assert names_seen_by(getattr(people, name)) == SEEN.get(name, ALL)


def test_as_long_as_there_are_no_teams_everybody_sees_everything(people: People) -> None:
    make_leads(people)
    people.north.delete()
    people.south.delete()
    assert names_seen_by(people.lone) == ALL


def test_a_permission_lets_one_person_see_the_leads_of_all_teams(people: People) -> None:
    make_leads(people)
    people.lone.user_permissions.add(Permission.objects.get(codename="view_all_leads"))
    assert names_seen_by(people.lone) == ALL


def test_who_has_not_signed_in_sees_nothing(people: People) -> None:
    make_leads(people)
    assert not Lead.objects.filter(seen_by(AnonymousUser())).exists()


def test_what_belongs_to_a_lead_is_seen_with_it(people: People) -> None:
    seen, hidden = make_lead(owner=people.tom), make_lead(owner=people.max)
    deliveries = {make_delivery(touch=make_touch(lead)): lead for lead in (seen, hidden)}
    user = User.objects.get(pk=people.ines.pk)
    (touch,) = Touch.objects.filter(seen_by(user, "lead__"))
    (delivery,) = Delivery.objects.filter(seen_by(user, "touch__lead__"))
    assert (touch.lead, deliveries[delivery]) == (seen, seen)


def test_it_is_looked_up_once_for_a_request(people: People, django_assert_num_queries: object) -> None:
    user = User.objects.get(pk=people.tom.pk)
    user.has_perm("leads.view_all_leads")
    with django_assert_num_queries(2):  # type: ignore[operator]
        for _number in range(3):
            seen_by(user)
