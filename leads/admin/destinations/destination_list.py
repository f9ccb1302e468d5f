"""The list of destinations: how it goes at each, and the button that stops it or lets it go on."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.registry import KINDS
from leads import words
from leads.admin.destinations.destination_panel import MOST_WAITING, light_of
from leads.admin.operations.figures import next_try_of, success_text
from leads.admin.theme import ChangeList
from leads.delivery.claiming import slots
from leads.delivery.connecting import batch_limit_of
from leads.models import Destination
from leads.templatetags.leadcrm import ago, coming
from leads.watching import backlog, tallies

if TYPE_CHECKING:
    from leads.admin.theme import ModelAdmin

    Base = ModelAdmin
else:
    Base = object


class DestinationList(ChangeList):
    """Gives each row of the page how its tries ended lately, and where its button leads back to."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        gates = [destination.gate for destination in self.result_list]
        hour, day = (tallies.success_by_destination(gates, lately) for lately in (tallies.HOUR, tallies.DAY))
        for destination in self.result_list:
            destination.success = hour.get(destination.pk), day.get(destination.pk)
            destination.listed_at = request.get_full_path()


class DestinationColumns(Base):
    """The columns. Their values come with the rows of the page, whatever their number."""

    list_display = ("named", "light", "waiting", "success", "next_try", "slots", "breaker", "last_success")
    list_select_related = ("gate",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DestinationList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may_stop = request.user.has_perm("leads.operate_destination")
        named, light, *others = self.list_display
        return (named, light, "button", *others) if may_stop else self.list_display

    def for_list(self, request: HttpRequest, rows: QuerySet[Destination]) -> QuerySet[Destination]:
        queued = backlog.queued()
        return rows.annotate(
            waiting=backlog.counted(queued, MOST_WAITING),
            oldest_at=backlog.oldest(queued, most=MOST_WAITING),
            next_retry_at=backlog.next_retry(),
            claims=backlog.claims(),
        )

    @admin.display(description=gettext_lazy("Name"), ordering="name")
    def named(self, destination: Destination) -> SafeString:
        kind = KINDS[destination.kind].label if destination.kind in KINDS else destination.kind
        return format_html('{}<br><small class="lc-faint">{}</small>', destination, kind)

    @admin.display(description=gettext_lazy("State"))
    def light(self, destination: Destination) -> SafeString:
        return light_of(destination)

    @admin.display(description=gettext_lazy("Waiting"))
    def waiting(self, destination: Any) -> SafeString | str:
        if not destination.waiting:
            return "–"
        link = f"{reverse('admin:leads_delivery_changelist')}?state__in=queued&destination__id__exact={destination.pk}"
        number = backlog.shown(destination.waiting, MOST_WAITING)
        oldest = SafeString(_("oldest %(when)s") % {"when": ago(destination.oldest_at)})
        return format_html('<a href="{}">{}</a><br><small class="lc-faint">{}</small>', link, number, oldest)

    @admin.display(description=gettext_lazy("Arrived, last hour"))
    def success(self, destination: Any) -> SafeString:
        hour, day = (success_text(found) for found in destination.success)
        day = _("24 hours: %(success)s") % {"success": day}
        return format_html('{}<br><small class="lc-faint">{}</small>', hour, day)

    @admin.display(description=gettext_lazy("Next try"))
    def next_try(self, destination: Any) -> SafeString | str:
        return coming(next_try_of(destination))

    @admin.display(description=gettext_lazy("Slots"))
    def slots(self, destination: Any) -> str:
        most = slots(destination.gate, batch_limit_of(destination.kind))
        return _("%(used)d of %(slots)d") % {"used": destination.claims, "slots": most}

    @admin.display(description=gettext_lazy("Breaker"))
    def breaker(self, destination: Destination) -> SafeString | str:
        if destination.gate.broken_at is None:
            return _("closed")
        return words.pill(_("open"), "bad", words.reason_text(destination.gate.last_failure_cause))

    @admin.display(description=gettext_lazy("Last success"))
    def last_success(self, destination: Destination) -> SafeString | str:
        return ago(destination.gate.last_success_at)

    @admin.display(description="")
    def button(self, destination: Any) -> SafeString:
        """Posts the form that the list is, to another address."""
        action, label = ("resume", _("Resume")) if destination.gate.is_stopped else ("pause", _("Pause"))
        address = reverse("admin:leads_destination_do", args=[destination.pk, action])
        return format_html(
            '<button type="submit" formaction="{}" name="next" value="{}" class="lc-button lc-small" aria-label="{}">'
            "{}</button>",
            address,
            destination.listed_at,
            f"{label}: {destination}",
            label,
        )
