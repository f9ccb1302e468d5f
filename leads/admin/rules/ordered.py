"""Lists whose order counts: of their rows the first that fits is taken. Two buttons in each row move it."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import transaction
from django.db.models import BooleanField, Case, F, Max, Model, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.admin.acting import Act, ActingAdmin, post_action

if TYPE_CHECKING:
    from leads.admin.theme import ModelAdmin

    class Base(ActingAdmin, ModelAdmin):
        """What it is mixed into."""
else:
    Base = ActingAdmin


class OrderedAdmin(Base):
    sortable_by = ()
    new_comes_first = False

    def movable(self) -> QuerySet[Any]:
        """The rows that have a place of their own, in their order."""
        rows: QuerySet[Any] = self.model._default_manager.order_by("position", "pk")
        return rows

    def for_list(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        may_move = Value(self.has_change_permission(request), BooleanField())
        keys = list(self.movable().values_list("pk", flat=True))
        ends = {"is_first": _is_one_of(keys[:1]), "is_last": _is_one_of(keys[-1:])}
        listed: QuerySet[Any] = super().for_list(request, rows)
        annotated: QuerySet[Any] = listed.annotate(may_move=may_move, **ends)
        return annotated

    @admin.display(description=gettext_lazy("Order"))
    def moves(self, row: Any) -> SafeString | str:
        """Inside the list's own form, in which there cannot be another."""
        if not row.may_move or getattr(row, "is_catch_all", False):
            return ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_do"
        addresses = {way: reverse(name, args=[row.pk, way]) for way in ("up", "down")}
        return SafeString(render_to_string("leads/moves.html", {"row": row, **addresses}))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change and self.new_comes_first:
            self.movable().update(position=F("position") + 1)
            obj.position = 0
        elif not change:
            obj.position = 1 + (self.movable().aggregate(last=Max("position"))["last"] or 0)
        super().save_model(request, obj, form, change)

    def shift(self, request: HttpRequest, row: Model, step: int) -> HttpResponse:
        done = self._shift(row, step)
        if done:
            self.log_change(request, row, _("Moved up.") if step < 0 else _("Moved down."))
            text = _("“%(name)s” moved up.") if step < 0 else _("“%(name)s” moved down.")
        else:
            text = _("“%(name)s” is the first already.") if step < 0 else _("“%(name)s” is the last already.")
        self.say(request, done, text % {"name": row})
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def _shift(self, row: Model, step: int) -> bool:
        with transaction.atomic():
            rows = list(self.movable().select_for_update())
            place = next((place for place, one in enumerate(rows) if one.pk == row.pk), None)
            if place is None or not 0 <= place + step < len(rows):
                return False
            rows[place], rows[place + step] = rows[place + step], rows[place]
            for position, one in enumerate(rows, 1):
                one.position = position
            self.model._default_manager.bulk_update(rows, ["position"])
            return True


def _is_one_of(keys: list[Any]) -> Case:
    return Case(When(pk__in=keys, then=Value(True)), default=Value(False), output_field=BooleanField())


def moving(permission: str) -> tuple[Act, Act]:
    """The actions ``up`` and ``down`` of an admin."""

    @post_action(permission)
    def up(admin: Any, request: HttpRequest, row: Any) -> HttpResponse:
        return admin.shift(request, row, -1)  # type: ignore[no-any-return]

    @post_action(permission)
    def down(admin: Any, request: HttpRequest, row: Any) -> HttpResponse:
        return admin.shift(request, row, +1)  # type: ignore[no-any-return]

    return up, down
