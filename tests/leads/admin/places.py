"""Every page and every button of the admin, and which group may use it. A new one without a row fails a test."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, reverse
from knox.models import AuthToken

from leads.importing import jobs as imports
from leads.importing import storing
from leads.importing.storing import Uploaded
from leads.models import BulkEdit, Destination, Lead, Notice, OfferTitle, PrivacyRule, ResendJob, SavedView, Term
from leads.models.bulk_edit import BulkKind
from leads.models.export_job import ExportJob
from leads.models.ids import new_id
from leads.models.import_job import ImportJob, ImportState
from leads.models.notice import NoticeKind
from leads.models.privacy import Chase, PrivacyRequest, RequestKind
from leads.models.resend_job import ResendState
from leads.models.saved_view import SharedWith
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.sales import bulk
from leads.sales.duplicates import dismiss
from leads.sales.merging import merge
from leads.states import DeliveryState, InboundState
from tests.factories import (
    NOON,
    make_absence,
    make_assignment_rule,
    make_calendar,
    make_country_group,
    make_delivery,
    make_destination,
    make_endpoint,
    make_inbound,
    make_lead,
    make_offer,
    make_resend_job,
    make_route,
    make_sales_notice,
    make_score_rule,
    make_secret,
    make_service_level,
    make_task,
    make_team,
    make_title,
    make_touch,
    make_user,
    make_view,
)

NO_GROUP = "no group"
ANONYMOUS = "anonymous"
GROUPS = (NO_GROUP, SALES, SALES_LEAD, OPS, OWNER)

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
OTHER_KEY = "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="

STAFF = set(GROUPS)
ALL = STAFF - {NO_GROUP}
OPERATORS = {OPS, OWNER}
OWNERS = {OWNER}
LEADERS = {SALES_LEAD, OWNER}
SALES_PEOPLE = {SALES, SALES_LEAD}
WHO_WORK_ON_LEADS = SALES_PEOPLE | OWNERS
NOBODY: set[str] = set()

NOTE = {"note": "Entered by hand"}


class Page(NamedTuple):
    """``arguments`` makes what the address names; ``allowed`` are answered with ``status``, others with ``else_``."""

    allowed: set[str]
    arguments: Callable[[], list[Any]] = list
    status: int = 200
    else_: int = 403

    def expected(self, group: str) -> int:
        return self.status if group in self.allowed else self.else_


class Button(NamedTuple):
    """``make`` gives the row that the button acts on; ``posted`` what the button sends along; ``says`` the kinds of its
    messages when it is pressed twice."""

    allowed: set[str]
    make: Callable[[], Any]
    posted: Callable[[Any], dict[str, Any]] = lambda row: {}
    says: tuple[str, str] = ("success", "warning")


def one(make: Callable[[], Any]) -> Callable[[], list[Any]]:
    return lambda: [make().pk]


def make_token() -> AuthToken:
    token: AuthToken = AuthToken.objects.create(make_user())[0]  # type: ignore[no-untyped-call]
    return token


def a_title() -> OfferTitle:
    return make_title(f"Title {OfferTitle.objects.count()}")


def make_notice() -> Notice:
    params = {"credential": "bearer_token", "ends_on": "2026-11-29"}
    return Notice.objects.create(kind=NoticeKind.CREDENTIAL_ENDS, destination=make_destination(), params=params)


def shared_view() -> SavedView:
    return make_view(make_user(), shared_with=SharedWith.EVERYBODY)


def first_of_two_views() -> SavedView:
    view = shared_view()
    make_view(view.owner, shared_with=SharedWith.EVERYBODY)
    return view


def second_of_two_views() -> SavedView:
    return make_view(shared_view().owner, shared_with=SharedWith.EVERYBODY)


def make_bulk_edit() -> BulkEdit:
    return bulk.ask(make_user(), BulkKind.IRRELEVANT, [make_lead().pk], {})


def make_import(state: ImportState = ImportState.DONE) -> ImportJob:
    return ImportJob.objects.create(state=state, rows=1, chunks=0)


def import_with_errors() -> ImportJob:
    job = storing.store(make_user(), [Uploaded("leads.csv", b"Name,E-mail\nMina,nobody\n")])
    while imports.work_off_page(job.pk):
        pass
    return job


def make_privacy_request() -> PrivacyRequest:
    return PrivacyRequest.objects.create(kind=RequestKind.ERASE, lead=make_lead(), email="mina@fabrikam.example")


def make_export() -> ExportJob:
    return ExportJob.objects.create(asked_by=make_user(), language="en")


def ended_replay() -> ResendJob:
    return make_resend_job(state=ResendState.DONE, finished_at=NOON)


def a_group() -> Group:
    make_user()
    return Group.objects.earliest("pk")


def pages_of(
    name: str,
    make: Callable[[], Any],
    *,
    see: set[str],
    add: set[str] = NOBODY,
    delete: set[str] = NOBODY,
) -> dict[str, Page]:
    row = one(make)
    return {
        f"{name}_changelist": Page(see),
        f"{name}_add": Page(add),
        f"{name}_change": Page(see, row),
        f"{name}_history": Page(see, row),
        f"{name}_delete": Page(delete, row),
    }


def do_nothing(name: str, make: Callable[[], Any]) -> dict[str, Page]:
    """The address of the buttons, with one that does not exist: as for any unknown thing, back to the overview."""
    return {f"{name}_do": Page(STAFF, lambda: [make().pk, "fly"], status=302)}


def merged_lead() -> Any:
    survivor, absorbed = make_lead(), make_lead()
    merge(make_user(), survivor.pk, absorbed.pk)
    return absorbed


PAGES: dict[str, Page] = {
    "index": Page(STAFF - SALES_PEOPLE, else_=302),  # they land on their queue
    "login": Page(STAFF, status=302),
    "logout": Page(NOBODY, else_=405),
    "password_change": Page(STAFF),
    "password_change_done": Page(STAFF),
    "autocomplete": Page(NOBODY),
    "jsi18n": Page(STAFF),
    "search": Page(STAFF),
    "view_on_site": Page(NOBODY, lambda: [ContentType.objects.get_for_model(User).pk, make_user().pk], else_=404),
    "app_list": Page(ALL, lambda: ["leads"], else_=404),
    **pages_of("leads_lead", make_lead, see=ALL),
    **pages_of("leads_delivery", make_delivery, see=ALL),
    **pages_of("leads_inboundrequest", make_inbound, see=OPERATORS),
    **pages_of("leads_destination", make_destination, see=ALL, add=OWNERS, delete=OWNERS),
    **pages_of("leads_endpoint", make_endpoint, see=OPERATORS, add=OWNERS, delete=OWNERS),
    **pages_of("leads_offer", make_offer, see=ALL, add=OWNERS, delete=OWNERS),
    **pages_of("leads_offertitle", a_title, see=OPERATORS, add=OWNERS),
    **pages_of("leads_route", lambda: make_route(make_destination()), see=OPERATORS, add=OWNERS, delete=OWNERS),
    **pages_of(
        "leads_term",
        lambda: Term.objects.create(kind="action", code=f"X{Term.objects.count()}", label="Wants X"),
        see=OPERATORS,
        add=OWNERS,
        delete=OWNERS,
    ),
    **pages_of(
        "leads_privacyrule",
        lambda: PrivacyRule.objects.create(domain=f"ac{PrivacyRule.objects.count()}.example"),
        see=OPERATORS,
        add=OWNERS,
        delete=OWNERS,
    ),
    **pages_of("auth_user", make_user, see=OWNERS, add=OWNERS, delete=OWNERS),
    "auth_user_password_change": Page(OWNERS, one(make_user)),
    **do_nothing("auth_user", make_user),
    "leads_hand_over": Page(OWNERS, one(make_user)),
    "leads_unattended": Page(WHO_WORK_ON_LEADS),
    "leads_reports": Page(LEADERS),
    "leads_first_steps": Page(OWNERS),
    "leads_demo": Page(OWNERS, status=405),
    **pages_of("leads_team", make_team, see=LEADERS, add=OWNERS, delete=OWNERS),
    **pages_of("leads_calendar", make_calendar, see=LEADERS, add=OWNERS, delete=OWNERS),
    **pages_of("leads_countrygroup", make_country_group, see=LEADERS, add=OWNERS, delete=OWNERS),
    **pages_of("leads_absence", lambda: make_absence(make_user()), see=LEADERS, add=LEADERS, delete=LEADERS),
    **pages_of("leads_assignmentrule", make_assignment_rule, see=LEADERS, add=OWNERS, delete=OWNERS),
    **do_nothing("leads_assignmentrule", make_assignment_rule),
    **pages_of("leads_servicelevel", make_service_level, see=LEADERS, add=OWNERS, delete=OWNERS),
    **do_nothing("leads_servicelevel", make_service_level),
    **pages_of("leads_scorerule", make_score_rule, see=LEADERS, add=OWNERS, delete=OWNERS),
    **do_nothing("leads_scorerule", make_score_rule),
    "leads_scorerule_score_again": Page(OWNERS, status=405),
    "leads_scorerule_usual": Page(OWNERS, status=405),
    **pages_of("auth_group", a_group, see=OWNERS),
    **pages_of("knox_authtoken", make_token, see=OWNERS, delete=OWNERS),
    "leads_lead_timeline": Page(ALL, one(make_lead)),
    "leads_lead_deliveries": Page(ALL, one(make_lead)),
    "leads_lead_seen": Page(NOBODY, one(make_lead), else_=405),
    "leads_lead_edit": Page(WHO_WORK_ON_LEADS, one(make_lead)),
    "leads_lead_hand_over": Page(WHO_WORK_ON_LEADS, one(make_lead)),
    "leads_my_tasks": Page(WHO_WORK_ON_LEADS),
    "leads_duplicates": Page(WHO_WORK_ON_LEADS),
    "leads_lead_merge": Page(WHO_WORK_ON_LEADS, lambda: [make_lead().pk, make_lead().pk]),
    "leads_lead_split": Page(WHO_WORK_ON_LEADS, one(merged_lead)),
    "leads_my_queue": Page(WHO_WORK_ON_LEADS),
    "leads_my_queue_new": Page(WHO_WORK_ON_LEADS, status=404),  # without the time since when
    "leads_lead_menu": Page(WHO_WORK_ON_LEADS, one(make_lead)),
    "leads_lead_fold": Page(ALL, one(make_lead)),
    "leads_lead_undo": Page(NOBODY, lambda: [new_id()], else_=405),
    "leads_lead_bulk": Page(WHO_WORK_ON_LEADS, lambda: ["give"], status=405),
    "leads_lead_bulk_progress": Page(NOBODY, one(make_bulk_edit), else_=404),  # for who asked for it
    "leads_lead_bulk_state": Page(NOBODY, one(make_bulk_edit), else_=404),
    **pages_of("leads_savedview", shared_view, see=ALL, add=ALL, delete=OWNERS),
    "leads_savedview_open": Page(ALL, one(shared_view), status=302, else_=404),
    "leads_system": Page(OPERATORS),
    **pages_of("leads_privacyrequest", make_privacy_request, see=OWNERS),
    **do_nothing("leads_privacyrequest", make_privacy_request),
    "leads_privacyrequest_state": Page(OWNERS, one(make_privacy_request)),
    "leads_person": Page(OWNERS, one(make_lead)),
    "leads_person_note": Page(NOBODY, one(make_lead), else_=405),
    "leads_person_export": Page(NOBODY, one(make_lead), else_=405),
    "leads_person_erase": Page(NOBODY, one(make_lead), else_=405),
    "leads_retention": Page(OWNERS),
    "leads_audit": Page(OWNERS),
    "leads_audit_file": Page(OWNERS, status=405),
    "leads_destination_panel": Page(ALL, one(make_destination)),
    "leads_destination_explain": Page(OPERATORS),
    "leads_destination_mapping": Page(OPERATORS, one(make_destination), status=302),  # this kind's form is fixed
    "leads_destination_credentials": Page(OPERATORS, one(lambda: destination_with_secret())),
    "leads_inboundrequest_process_again": Page(NOBODY, else_=405),
    **pages_of("leads_notice", make_notice, see=OPERATORS),
    **pages_of("leads_salesnotice", make_sales_notice, see=OPERATORS),
    "leads_my_settings": Page(STAFF),
    "leads_my_settings_try": Page(NOBODY, else_=405),
    **pages_of("leads_resendjob", ended_replay, see=OPERATORS, add=OPERATORS, delete=OWNERS),
    "leads_resendjob_state": Page(OPERATORS, one(make_resend_job)),
    **pages_of("leads_importjob", make_import, see=OWNERS, add=LEADERS),  # each for who sees its person's leads
    "leads_importjob_changelist": Page(LEADERS),
    "leads_importjob_columns": Page(OWNERS, one(lambda: import_with_errors())),
    "leads_importjob_state": Page(OWNERS, one(make_import)),
    "leads_importjob_faulty": Page(OWNERS, one(lambda: import_with_errors())),
    **pages_of("leads_exportjob", make_export, see=NOBODY, add=LEADERS),  # each is for who asked for it
    "leads_exportjob_changelist": Page(LEADERS),
    "leads_exportjob_state": Page(NOBODY, one(make_export)),
    "leads_exportjob_file": Page(NOBODY, one(make_export)),
    **do_nothing("leads_importjob", make_import),
    **do_nothing("leads_exportjob", make_export),
    **do_nothing("leads_lead", make_lead),
    **do_nothing("leads_delivery", make_delivery),
    **do_nothing("leads_inboundrequest", make_inbound),
    **do_nothing("leads_destination", make_destination),
    **do_nothing("leads_endpoint", make_endpoint),
    **do_nothing("leads_resendjob", make_resend_job),
    **do_nothing("leads_savedview", shared_view),
}


def delivery(state: DeliveryState, **values: Any) -> Callable[[], Any]:
    return lambda: make_delivery(touch=make_touch(), state=state, **values)


def request_with_chase() -> Any:
    delivery = make_delivery(touch=make_touch(), state=DeliveryState.DELIVERED)
    asked = make_privacy_request()
    Chase.objects.create(request=asked, delivery=delivery, destination=delivery.destination)
    return asked


def rejected() -> Any:
    return make_inbound(b"", state=InboundState.REJECTED, reason="empty")


def unreachable() -> Any:
    """The port is one that no lead is sent to."""
    return make_destination(settings={"url": "http://127.0.0.1:9/", "sign_in": "none", "signed": False})


def destination_with_secret(**settings: Any) -> Destination:
    """As the form saves it."""
    plain = {"method": "POST", "body_shape": "documented", "sign_in": "none", "signed": True}
    plain |= {"url": "https://crm.example.com/leads", "recognises_repeats": True} | settings
    destination = make_destination(name="CRM", settings=plain)
    destination.write_secrets({"signing_secret": SECRET})
    destination.save()
    return destination


def endpoint_with_secret() -> Any:
    return make_secret().endpoint


def lead_with_double(*, dismissed: bool = False) -> Any:
    lead, other = make_lead(email_key="mina@fabrikam.example"), make_lead(email_key="mina@fabrikam.example")
    if dismissed:
        dismiss(make_user(), lead, other)
    return lead


def the_double(lead: Any) -> dict[str, Any]:
    return {"other": Lead.objects.filter(email_key=lead.email_key).exclude(pk=lead.pk).get().pk}


def lead_with_task(**values: Any) -> Any:
    lead = make_lead()
    make_task(lead, **values)
    return lead


def the_task(lead: Any) -> dict[str, Any]:
    return {"task": lead.tasks.get().pk}


def lead_with_suggestion() -> Any:
    """Somebody set another phone number before the touch came."""
    lead = make_lead(phone="1", kept_fields={"phone": NOON.isoformat()})
    make_touch(lead, phone="2")
    return lead


def second[Row](make: Callable[[], Row]) -> Callable[[], Row]:
    def both() -> Row:
        make()
        return make()

    return both


def first[Row](make: Callable[[], Row]) -> Callable[[], Row]:
    def both() -> Row:
        made = make()
        make()
        return made

    return both


BUTTONS: dict[str, Button] = {
    "user.invite": Button(OWNERS, make_user, says=("info", "info")),  # the link is shown again
    "assignmentrule.up": Button(OWNERS, second(make_assignment_rule)),
    "assignmentrule.down": Button(OWNERS, first(make_assignment_rule)),
    "servicelevel.up": Button(OWNERS, make_service_level),
    "servicelevel.down": Button(OWNERS, first(make_service_level)),
    "lead.move": Button(WHO_WORK_ON_LEADS, make_lead, lambda lead: {"stage": "contacted"}),
    "lead.take": Button(WHO_WORK_ON_LEADS, make_lead),
    "lead.give": Button(WHO_WORK_ON_LEADS, lambda: make_lead(owner=make_user()), lambda lead: {"to": ""}),
    "lead.compose": Button(WHO_WORK_ON_LEADS, make_lead, lambda lead: {"kind": "note", "text": "They called back"}),
    "lead.finish_task": Button(WHO_WORK_ON_LEADS, lead_with_task, the_task),
    "lead.reopen_task": Button(WHO_WORK_ON_LEADS, lambda: lead_with_task(done_at=NOON), the_task),
    "lead.put_off_task": Button(WHO_WORK_ON_LEADS, lead_with_task, lambda lead: the_task(lead) | {"until": "tomorrow"}),
    "lead.drop_task": Button(WHO_WORK_ON_LEADS, lead_with_task, the_task),
    "lead.snooze": Button(WHO_WORK_ON_LEADS, make_lead, lambda lead: {"until": "next_week"}),
    "lead.wake": Button(WHO_WORK_ON_LEADS, lambda: make_lead(snoozed_until=NOON)),
    "lead.take_value": Button(
        WHO_WORK_ON_LEADS, lead_with_suggestion, lambda lead: {"touch": lead.touches.get().pk, "field": "phone"}
    ),
    "lead.not_duplicate": Button(WHO_WORK_ON_LEADS, lead_with_double, the_double),
    "lead.suspect_again": Button(WHO_WORK_ON_LEADS, lambda: lead_with_double(dismissed=True), the_double),
    "savedview.move_up": Button(OWNERS, second_of_two_views),
    "savedview.move_down": Button(OWNERS, first_of_two_views),
    "delivery.try_again": Button(ALL, delivery(DeliveryState.FAILED)),
    "delivery.give_up": Button(ALL, delivery(DeliveryState.QUEUED), lambda row: NOTE),
    "delivery.arrived_there": Button(ALL, delivery(DeliveryState.FAILED, reason="may_have_arrived")),
    "delivery.send_again": Button(OPERATORS, delivery(DeliveryState.DELIVERED)),
    "delivery.release": Button({SALES_LEAD, OWNER}, delivery(DeliveryState.WITHHELD)),
    "inboundrequest.read_again": Button(OPERATORS, rejected),
    "destination.check_now": Button(OPERATORS, unreachable),
    "destination.test_lead": Button(OPERATORS, unreachable),
    "destination.pause": Button(OPERATORS, make_destination),
    "destination.resume": Button(
        OPERATORS, lambda: make_destination(gate={"paused_at": "2026-03-02T12:00Z", "paused_by": "person"})
    ),
    "resendjob.cancel": Button(OPERATORS, make_resend_job),
    "exportjob.cancel": Button(NOBODY, make_export),
    "importjob.start": Button(LEADERS, lambda: make_import(ImportState.CHECKED)),
    "importjob.discard": Button(LEADERS, lambda: make_import(ImportState.CHECKED)),
    "importjob.revert": Button(LEADERS, make_import),
    "importjob.try_again": Button(
        LEADERS,
        lambda: ImportJob.objects.create(state=ImportState.STOPPED, stopped_in=ImportState.CHECKING),
    ),
    "privacyrequest.answered": Button(OWNERS, make_privacy_request),
    "privacyrequest.decline": Button(OWNERS, make_privacy_request),
    "privacyrequest.tick_off": Button(OWNERS, request_with_chase, lambda row: {"chase": row.chases.get().pk}),
    "endpoint.rotate": Button(OWNERS, endpoint_with_secret),
    "endpoint.revoke": Button(
        OWNERS, endpoint_with_secret, lambda endpoint: {"secret": str(endpoint.secrets.get().pk)}
    ),
}

LIST_ACTIONS: dict[str, Button] = {
    "delivery.retry_selected": Button(OPERATORS, delivery(DeliveryState.FAILED)),
    "delivery.give_up_selected": Button(OPERATORS, delivery(DeliveryState.QUEUED), lambda row: NOTE),
    "inboundrequest.process_selected_again": Button(OPERATORS, rejected),
    "authtoken.take_away": Button(OWNERS, make_token),
}


def routed_names(patterns: list[Any] | None = None) -> Iterator[str | None]:
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routed_names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name


def address_of(name: str, *arguments: Any) -> str:
    return reverse(f"admin:{name}", args=arguments)


def page_of(row: Any) -> str:
    return address_of(f"{row._meta.app_label}_{row._meta.model_name}_change", row.pk)


def button_of(row: Any, action: str) -> str:
    return address_of(f"{row._meta.app_label}_{row._meta.model_name}_do", row.pk, action.replace("_", "-"))


def list_of(row: Any) -> str:
    return address_of(f"{row._meta.app_label}_{row._meta.model_name}_changelist")
