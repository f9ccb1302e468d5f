"""A trouble in words: what it is, what to do, and the page where to do it. In the active language."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.diagnosis import diagnose
from leads.models import Trouble
from leads.models.trouble import TroubleKind


class Words(NamedTuple):
    """``what`` is one sentence without the name of the destination; ``path`` has neither scheme nor host."""

    what: str
    remedy: str
    path: str


def words_of(trouble: Trouble, *, count: int | None, names: Mapping[str, Any]) -> Words:
    """``count`` and ``names`` may be those of an earlier moment than the trouble's own."""
    match TroubleKind(trouble.kind):
        case TroubleKind.PAUSED:
            found = diagnose(trouble.cause, names)
            return Words(_("Paused: %(cause)s") % {"cause": found.meaning}, str(found.remedy), _destination(trouble))
        case TroubleKind.LEFT_PAUSED:
            what = _("Somebody paused it more than a day ago, and leads wait.")
            return Words(what, _("Resume it when it can take leads again."), _destination(trouble))
        case TroubleKind.NOTHING_ARRIVES:
            found = diagnose(trouble.cause, names)
            what = _("No lead gets through: %(cause)s") % {"cause": found.meaning}
            return Words(what, str(found.remedy), _destination(trouble))
        case TroubleKind.LEADS_FAILED:
            found = diagnose(trouble.cause, names)
            return Words(str(found.meaning), str(found.remedy), _failed(trouble))
        case TroubleKind.NOT_SENT:
            return Words(
                _("Leads that could be sent are not."),
                _("See on the system page whether a worker runs, and in its log what stops it."),
                reverse("admin:leads_system"),
            )
        case TroubleKind.NOT_READ:
            what = ngettext(
                "%(count)d posted request is kept and not read yet.",
                "%(count)d posted requests are kept and not read yet.",
                count or 0,
            )
            remedy = _("See on the system page whether a worker runs, and in its log what stops it.")
            return Words(what % {"count": count or 0}, remedy, reverse("admin:leads_system"))
        case TroubleKind.SPOOLED:
            what = ngettext(
                "%(count)d posted request lies in a file, because the database did not take it.",
                "%(count)d posted requests lie in files, because the database did not take them.",
                count or 0,
            )
            remedy = _("They are stored as soon as the database takes them. Look whether it runs and has space.")
            return Words(what % {"count": count or 0}, remedy, reverse("admin:leads_system"))
        case TroubleKind.SILENT:
            what = _("No lead came in for long, although one comes every %(hours)s hours as a rule.")
            remedy = _("Look in Partner Center whether the offer still names this address, and press “Validate” there.")
            path = reverse("admin:leads_endpoint_change", args=[trouble.endpoint_id])
            return Words(what % {"hours": names.get("usual_hours", "…")}, remedy, path)


def subject_of(trouble: Trouble) -> str:
    """Whom it is about."""
    about = trouble.destination or trouble.endpoint
    return str(about) if about else _("Lead CRM")


def _destination(trouble: Trouble) -> str:
    return reverse("admin:leads_destination_change", args=[trouble.destination_id])


def _failed(trouble: Trouble) -> str:
    deliveries = reverse("admin:leads_delivery_changelist")
    return f"{deliveries}?state__in=failed&destination__id__exact={trouble.destination_id}&reason={trouble.cause}"
