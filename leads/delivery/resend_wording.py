"""A plan in words: roughly how many and how long, since neither is known to the second."""

from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.delivery.resend_plans import Plan

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def number_of(plan: Plan) -> str:
    number = number_format(plan.found, force_grouping=True)
    return number if plan.is_exact else _("%(number)s or more") % {"number": number}


def time_of(plan: Plan) -> str:
    """How long it takes once the destination takes leads."""
    if plan.takes is None:
        return _("not known: nothing arrived there lately by which to tell")
    if plan.is_exact:
        return roughly(plan.takes)
    return _("%(time)s or longer") % {"time": roughly(max(plan.takes, MINUTE))}


def roughly(time: timedelta) -> str:
    if time < MINUTE:
        return _("less than a minute")
    if time < 10 * MINUTE:
        return _("a few minutes")
    if time < 45 * MINUTE:
        return _("about half an hour")
    if (hours := round(time / HOUR)) < 24:
        return ngettext("about an hour", "about %(count)d hours", hours or 1) % {"count": hours}
    days = round(time / DAY)
    return ngettext("about a day", "about %(count)d days", days) % {"count": days}
