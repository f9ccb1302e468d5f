"""What people saved of the list of leads: its filters under a name."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from leads.models.people import Team

NO_FILTERS = ("p", "e", "all")
"""Parameters of the list's address that choose no leads."""


class SharedWith(models.TextChoices):
    NOBODY = "nobody", _("Only me")
    TEAM = "team", _("A team")
    EVERYBODY = "everybody", _("Everybody")


class SavedView(models.Model):
    """``query`` are the list's filters, search and order as they stand in its address. Pinned ones are tabs of
    everybody who sees them; the owner's default is where they land."""

    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=2000)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    shared_with = models.CharField(_("who sees it"), max_length=10, choices=SharedWith, default=SharedWith.NOBODY)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.CASCADE, null=True, blank=True, related_name="saved_views"
    )
    is_pinned = models.BooleanField(_("shown as a tab"), default=True)
    is_default = models.BooleanField(_("opened first"), default=False)
    position = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_default=True), name="one_default_view_of_a_person"
            ),
            models.CheckConstraint(
                condition=Q(shared_with=SharedWith.TEAM) ^ Q(team=None),
                name="shared_with_a_team_or_not",
                violation_error_message=_("Choose the team that is to see it, or let only you or everybody see it."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


def normal_query(query: str) -> str:
    """The same for addresses that choose the same leads: without page numbers and empty values, in one order."""
    given = QueryDict(query)
    chosen = QueryDict(mutable=True)
    for name in sorted(set(given) - set(NO_FILTERS)):
        chosen.setlist(name, sorted(filter(None, given.getlist(name))))
    return chosen.urlencode()
