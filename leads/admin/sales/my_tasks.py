"""My tasks: what somebody means to do, by when it is due, and what they did last."""

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.admin import personal
from leads.models import Task
from leads.sales.queue import Day, day_of
from leads.sales.visibility import seen_by

if TYPE_CHECKING:
    from leads.admin.card import CardAdmin

    Base = CardAdmin
else:
    Base = object

MOST = 50
DONE_SHOWN = 20
DONE_WITHIN = timedelta(days=7)


class Section(NamedTuple):
    """``is_cut``: there are more."""

    name: str
    title: str | Promise
    tasks: list[Task]
    is_cut: bool


class MyTasks(Base):
    """Served beside the list of leads."""

    def tasks_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("leads.change_lead"):
            raise PermissionDenied
        user = cast(User, request.user)
        day = day_of(user)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": _("My tasks"),
            "sections": sections_of(user, day),
            "now": day.now,
            "sees_held_back": personal.sees_held_back(request),
        }
        return TemplateResponse(request, "leads/my_tasks.html", context)


def sections_of(user: User, day: Day) -> list[Section]:
    """Those with something in them, and always what is due today."""
    due, done = open_of(user), _of(user).filter(done_at__gte=day.now - DONE_WITHIN)
    found = [
        _section("overdue", gettext_lazy("Overdue"), due.filter(due_at__lt=day.now)),
        _section("today", gettext_lazy("Today"), due.filter(due_at__gte=day.now, due_at__lt=day.ends_at)),
        _section("later", gettext_lazy("Later"), due.filter(due_at__gte=day.ends_at)),
        _section("done", gettext_lazy("Done in the last days"), done.order_by("-done_at"), DONE_SHOWN),
    ]
    return [section for section in found if section.tasks or section.name == "today"]


def open_of(user: User) -> QuerySet[Task]:
    return _of(user).filter(done_at=None).order_by("due_at", "id")


def _of(user: User) -> QuerySet[Task]:
    """Without those of leads that went where the person does not see them."""
    return Task.objects.filter(seen_by(user, "lead__"), assignee=user)


def due_of(user: User) -> QuerySet[Task]:
    """What is to be done today, or should have been."""
    return open_of(user).filter(due_at__lt=day_of(user).ends_at)


def _section(name: str, title: str | Promise, tasks: QuerySet[Task], most: int = MOST) -> Section:
    rows = list(tasks.select_related("lead__offer")[: most + 1])
    return Section(name, title, rows[:most], len(rows) > most)
