"""The four groups of people, and what each may do. The table is the whole rule; a test walks it."""

from django.contrib.auth.models import Group, Permission, User
from django.utils.translation import gettext_noop

SALES, SALES_LEAD, OPS, OWNER = (
    gettext_noop("sales"),
    gettext_noop("sales lead"),
    gettext_noop("ops"),
    gettext_noop("owner"),
)

_SEE_LEADS = (
    "leads.view_lead",
    "leads.view_touch",
    "leads.view_delivery",
    "leads.view_offer",
    "leads.view_destination",
)
# Whoever works on a lead decides about its deliveries: failures name sales people as those who must act.
_WORK_ON_LEADS = (*_SEE_LEADS, "leads.change_lead", "leads.retry_delivery")
_OPERATE = (
    *_SEE_LEADS,
    "leads.view_all_leads",
    "leads.view_attempt",
    "leads.view_inboundrequest",
    "leads.process_again",
    "leads.retry_delivery",
    "leads.resend_delivered",
    "leads.view_endpoint",
    "leads.view_route",
    "leads.operate_destination",
    "leads.renew_credential",
    "leads.view_offertitle",
    "leads.change_offertitle",
    "leads.view_term",
    "leads.view_privacyrule",
    "leads.view_notice",
    "leads.view_salesnotice",
)
_SET_UP = tuple(
    f"leads.{verb}_{model}"
    for model in (
        *("destination", "route", "endpoint", "offer", "offertitle", "term", "privacyrule"),
        *("team", "calendar", "countrygroup", "assignmentrule", "servicelevel", "scorerule", "profile"),
    )
    for verb in ("view", "add", "change", "delete")
)
# Files with many people's data come in and go out through those who answer for the leads.
_MOVE_FILES = ("leads.import_lead", "leads.export_lead")
# Who looks after people sees by what rules they get leads, and says who is away.
_LEAD_PEOPLE = (
    *_MOVE_FILES,
    "leads.view_reports",
    *(f"leads.{verb}_absence" for verb in ("view", "add", "change", "delete")),
    *(f"leads.view_{model}" for model in ("team", "calendar", "countrygroup")),
    *(f"leads.view_{model}" for model in ("assignmentrule", "servicelevel", "scorerule")),
)

PERMISSIONS: dict[str, tuple[str, ...]] = {
    SALES: _WORK_ON_LEADS,
    SALES_LEAD: (*_WORK_ON_LEADS, *_LEAD_PEOPLE, "leads.view_private_lead", "leads.release_delivery"),
    OPS: _OPERATE,
    OWNER: (
        *_OPERATE,
        *_SET_UP,
        *_LEAD_PEOPLE,
        "leads.change_lead",
        "leads.view_private_lead",
        "leads.release_delivery",
        "leads.handle_personal_data",
        "leads.set_retention",
        "leads.view_audit",
        "leads.change_savedview",
        "leads.delete_savedview",
        *(f"auth.{verb}_user" for verb in ("view", "add", "change", "delete")),
        "auth.view_group",
        *(f"knox.{verb}_authtoken" for verb in ("view", "delete")),
    ),
}


def sync_groups() -> None:
    """Make the groups and give each exactly its permissions. People stay in the groups they are in."""
    by_name = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, wanted in PERMISSIONS.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set([by_name[permission] for permission in dict.fromkeys(wanted)])


def who_works_on_leads() -> list[User]:
    """The active sales people, and where there are none, those who own the installation. By their ids."""
    active = User.objects.filter(is_active=True).order_by("id")
    sales = active.filter(groups__name__in=[SALES, SALES_LEAD]).distinct()
    owners = (active.filter(groups__name=OWNER) | active.filter(is_superuser=True)).distinct()
    return list(sales) or list(owners)
