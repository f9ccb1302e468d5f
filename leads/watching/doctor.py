"""Look at the installation itself: is everything there that it needs, and does it work? Changes nothing."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

from celery import current_app
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.encryption import SecretUnreadable
from leads.intake import spool
from leads.models import Destination, Endpoint, Heartbeat, Notice
from leads.models.notice import NoticeState
from leads.states import Verdict
from leads.watching.database import oldest_transaction
from leads.watching.heartbeat import LATE_AFTER, TIMETABLE

LEAST_FREE_BYTES = 512 * 1024**2
LEAST_FREE_SHARE = 0.05
BROKER_SECONDS = 2
LONGEST_TRANSACTION = timedelta(seconds=30)


class Finding(NamedTuple):
    """``what`` in a few words, and what to do where it is not good."""

    about: str
    verdict: Verdict
    what: str
    remedy: str = ""


def findings() -> list[Finding]:
    """The database first: without it there is no more to say than what can be seen without it."""
    database = list(_safely(_("Database"), _database))
    with_database = (_workers, _timetable, _endpoints, _destinations, _mail)
    others: list[Finding] = []
    if not any(found.verdict is Verdict.BAD for found in database):
        others = [found for look in with_database for found in _safely(_("Database"), look)]
    return [*database, *others, *_broker(), *_spooled(), *_disk(), *_addresses()]


def processes() -> list[Finding]:
    """Only whether workers and timetable live: for pages that are opened often."""
    return [*_workers(), *_timetable()]


def worst(found: list[Finding]) -> Verdict:
    verdicts = {one.verdict for one in found}
    return next((verdict for verdict in (Verdict.BAD, Verdict.WARNING) if verdict in verdicts), Verdict.GOOD)


def _safely(about: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from list(look())
    except DatabaseTrouble as error:
        what = _("It does not do what it is asked (%(error)s).") % {"error": type(error).__name__}
        yield Finding(about, Verdict.BAD, what, _("Look whether it runs, and whether DATABASE_URL is right."))


# --- The database ---------------------------------------------------------------------------------------------------


def _database() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        remedy = _("Run “manage.py release”.")
        yield Finding(_("Database"), Verdict.BAD, _("Its tables are older than this version."), remedy)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        (version,) = cursor.fetchone()
    names = {"database": connection.display_name, "version": version.partition(" ")[0]}
    yield Finding(_("Database"), Verdict.GOOD, _("%(database)s %(version)s answers.") % names)
    yield from _transactions()


def _transactions() -> Iterator[Finding]:
    if (age := oldest_transaction()) and age > LONGEST_TRANSACTION:
        what = _("A transaction has been open for %(seconds)d seconds.") % {"seconds": age.total_seconds()}
        remedy = _("Find it in pg_stat_activity: as long as it lasts, sending becomes slower.")
        yield Finding(_("Database"), Verdict.WARNING, what, remedy)


# --- Processes ------------------------------------------------------------------------------------------------------


def _workers() -> Iterator[Finding]:
    beats = Heartbeat.objects.exclude(name=TIMETABLE)
    alive = beats.filter(beat_at__gt=Now() - LATE_AFTER).count()
    if alive:
        text = ngettext("%(count)d worker lives.", "%(count)d workers live.", alive)
        yield Finding(_("Workers"), Verdict.GOOD, text % {"count": alive})
    else:
        remedy = _("Start “celery -A leadcrm worker”. Posted leads are kept meanwhile, and sent when it runs.")
        yield Finding(_("Workers"), Verdict.BAD, _("None gave a sign of life within a minute."), remedy)


def _timetable() -> Iterator[Finding]:
    if not Heartbeat.objects.filter(name=TIMETABLE).exists():
        remedy = _("It does so within a minute of its first start.")
        yield Finding(_("Timetable"), Verdict.WARNING, _("It has not given a sign yet."), remedy)
    elif Heartbeat.objects.filter(name=TIMETABLE, beat_at__gt=Now() - 2 * LATE_AFTER).exists():
        yield Finding(_("Timetable"), Verdict.GOOD, _("It gives its signs."))
    else:
        remedy = _("Start “celery -A leadcrm beat”, and look whether the broker runs.")
        yield Finding(_("Timetable"), Verdict.BAD, _("It gave no sign of life within two minutes."), remedy)


def _broker() -> Iterator[Finding]:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)
    except Exception as error:  # kombu wraps some of its errors, and lets others through
        what = _("It does not answer (%(error)s).") % {"error": type(error).__name__}
        remedy = _("Look whether it runs, and whether CELERY_BROKER_URL is right. No lead is lost; they wait.")
        yield Finding(_("Broker"), Verdict.BAD, what, remedy)
    else:
        yield Finding(_("Broker"), Verdict.GOOD, _("It answers."))


# --- Set-up ---------------------------------------------------------------------------------------------------------


def _endpoints() -> Iterator[Finding]:
    if not Endpoint.objects.filter(enabled=True, secrets__revoked_at=None, secrets__isnull=False).exists():
        remedy = _("Make an endpoint and paste its address into Partner Center.")
        yield Finding(_("Endpoints"), Verdict.WARNING, _("There is no address to which leads could be posted."), remedy)
        return
    last = Endpoint.objects.aggregate(last=Max("last_lead_at"))["last"]
    what = _("Leads can be posted.") if last else _("Leads can be posted; none came yet.")
    yield Finding(_("Endpoints"), Verdict.GOOD, what)


def _destinations() -> Iterator[Finding]:
    unreadable = [destination.name for destination in Destination.objects.all() if not _can_be_read(destination)]
    if unreadable:
        what = _("The secrets of %(names)s cannot be read.") % {"names": ", ".join(unreadable)}
        remedy = _("Put the key that encrypted them back into LEADCRM_FIELD_KEYS, or enter them again.")
        yield Finding(_("Destinations"), Verdict.BAD, what, remedy)
    enabled = Destination.objects.filter(enabled=True).count()
    if enabled:
        text = ngettext("%(count)d is enabled.", "%(count)d are enabled.", enabled)
        yield Finding(_("Destinations"), Verdict.GOOD, text % {"count": enabled})
    else:
        what, remedy = _("None is enabled: leads are kept, and sent nowhere."), _("Set one up.")
        yield Finding(_("Destinations"), Verdict.WARNING, what, remedy)


def _can_be_read(destination: Destination) -> bool:
    try:
        destination.read_secrets()
    except SecretUnreadable:
        return False
    return True


def _mail() -> Iterator[Finding]:
    if not settings.LEADCRM_SENDS_MAIL and not settings.LEADCRM_CHAT_URL:
        what = _("Notices are shown here and sent to nobody.")
        yield Finding(_("Notices"), Verdict.WARNING, what, _("Set LEADCRM_EMAIL_URL or LEADCRM_CHAT_URL."))
    elif failed := Notice.objects.filter(state=NoticeState.FAILED, created_at__gt=Now() - timedelta(days=1)).count():
        text = ngettext(
            "%(count)d notice of the last day could not be sent.",
            "%(count)d notices of the last day could not be sent.",
            failed,
        )
        yield Finding(_("Notices"), Verdict.WARNING, text % {"count": failed}, _("Their pages say why."))
    else:
        yield Finding(_("Notices"), Verdict.GOOD, _("They are sent."))


# --- This machine ---------------------------------------------------------------------------------------------------


def _spooled() -> Iterator[Finding]:
    waiting, unreadable = len(spool.waiting()), len(spool.unreadable())
    if waiting:
        what = _("%(count)d posted requests wait in files for the database.") % {"count": waiting}
        yield Finding(_("Spool"), Verdict.WARNING, what, _("They are stored as soon as it takes them."))
    if unreadable:
        what = _("%(count)d files cannot be read.") % {"count": unreadable}
        remedy = _("Put their key back into LEADCRM_FIELD_KEYS, and rename them to *.lead in %(folder)s.")
        yield Finding(_("Spool"), Verdict.BAD, what, remedy % {"folder": settings.LEADCRM_SPOOL_DIR})
    if not waiting and not unreadable:
        yield Finding(_("Spool"), Verdict.GOOD, _("It is empty, as it should be."))


def _disk() -> Iterator[Finding]:
    folder = next(path for path in (settings.LEADCRM_SPOOL_DIR, *settings.LEADCRM_SPOOL_DIR.parents) if path.exists())
    usage = shutil.disk_usage(folder)
    names = {"free": f"{usage.free / 1024**3:.1f}", "folder": folder}
    what = _("%(free)s GiB are free at %(folder)s.") % names
    if usage.free < LEAST_FREE_BYTES or usage.free < LEAST_FREE_SHARE * usage.total:
        yield Finding(_("Disk"), Verdict.BAD, what, _("Make room: without it no lead can be kept."))
    else:
        yield Finding(_("Disk"), Verdict.GOOD, what)


def _addresses() -> Iterator[Finding]:
    if settings.DEBUG:
        what = _("LEADCRM_DEBUG is on: faults show what they should not to everybody.")
        yield Finding(_("Settings"), Verdict.BAD, what, _("Switch it off."))
    if settings.LEADCRM_PUBLIC_URL.startswith("http://"):
        what = _("The public address is plain http: the marketplace posts only to https.")
        yield Finding(_("Settings"), Verdict.WARNING, what, _("Set LEADCRM_PUBLIC_URL to the https address."))
