"""Saved views: the list of leads with its filters under a name, as tabs above it."""

from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.admin.acting import ActingAdmin, post_action
from leads.admin.theme import ModelAdmin
from leads.models import Lead, SavedView, Team
from leads.models.saved_view import SharedWith, normal_query
from leads.sales import visibility

MOST_TABS = 12


def views_of(user: User) -> QuerySet[SavedView]:
    """Their own and those that others share with them."""
    shared = Q(shared_with=SharedWith.EVERYBODY) | Q(shared_with=SharedWith.TEAM, team__in=visibility.teams_of(user))
    return SavedView.objects.filter(Q(owner=user) | shared)


def teams_of(request: HttpRequest) -> QuerySet[Team]:
    """Those with which this person may share a view."""
    if request.user.has_perm("leads.view_all_leads"):
        return Team.objects.all()
    return visibility.teams_of(cast(User, request.user)).distinct()


class ViewTab(NamedTuple):
    label: str
    address: str
    is_current: bool
    is_default: bool


def tabs_of(request: HttpRequest) -> list[ViewTab]:
    """The pinned views. Current is the one whose leads the list shows."""
    user = cast(User, request.user)
    shown = normal_query(request.META.get("QUERY_STRING", "")) if request.path == _list() else None
    return [
        ViewTab(
            view.name, _page(view), bool(shown) and view.query == shown, view.is_default and view.owner_id == user.pk
        )
        for view in views_of(user).filter(is_pinned=True)[:MOST_TABS]
    ]


def default_of(user: User) -> str:
    """The address of the view that they want to see first; empty without one."""
    view = SavedView.objects.filter(owner=user, is_default=True).first()
    return _page(view) if view else ""


def _list() -> str:
    return reverse("admin:leads_lead_changelist")


def _page(view: SavedView) -> str:
    return reverse("admin:leads_savedview_open", args=[view.pk])


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]
    query = forms.CharField(label=gettext_lazy("filters"), max_length=2000, widget=forms.HiddenInput, required=False)

    class Meta:
        model = SavedView
        fields = ("name", "query", "shared_with", "team", "is_pinned", "is_default")

    def clean_query(self) -> str:
        query = normal_query(self.cleaned_data["query"])
        if not query:
            raise forms.ValidationError(_("The list is not filtered. Filter or search it first, then save it."))
        return query

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("shared_with") != SharedWith.TEAM:
            cleaned["team"] = None
        return cleaned


@admin.register(SavedView)
class SavedViewAdmin(ActingAdmin, ModelAdmin):
    form = SavedViewForm
    list_display = ("name", "seen_by", "whose", "is_tab", "is_first", "order")
    list_display_links = ("name",)
    list_select_related = ("owner", "team")
    nothing_yet = gettext_lazy("Filter the list of leads, then press “Save view” there.")
    fields = ("name", "query", "shared_with", "team", "is_pinned", "is_default")

    @admin.display(description=gettext_lazy("Who sees it"))
    def seen_by(self, view: SavedView) -> str:
        return str(view.team or view.get_shared_with_display())

    @admin.display(description=gettext_lazy("Made by"))
    def whose(self, view: SavedView) -> str:
        return view.owner.get_full_name() or view.owner.get_username()

    @admin.display(description=gettext_lazy("Shown as a tab"))
    def is_tab(self, view: SavedView) -> str:
        return _("Yes") if view.is_pinned else "–"

    @admin.display(description=gettext_lazy("Opened first"))
    def is_first(self, view: SavedView) -> str:
        return f"★ {_('Yes')}" if view.is_default else "–"

    @admin.display(description=gettext_lazy("Order"))
    def order(self, view: SavedView) -> SafeString:
        """Buttons of the form in which the list stands."""
        return format_html_join(
            "",
            '<button type="submit" class="lc-copy" formaction="{}" aria-label="{}" title="{}">{}</button>',
            (
                (reverse("admin:leads_savedview_do", args=[view.pk, action]), label, label, arrow)
                for action, label, arrow in (
                    ("move-up", _("Further to the front"), "↑"),
                    ("move-down", _("Further back"), "↓"),
                )
            ),
        )

    # --- who may ------------------------------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: SavedView | None = None) -> bool:
        return request.user.has_perm("leads.view_lead")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: SavedView | None = None) -> bool:
        """Their own; those of others are for who looks after the installation."""
        return self._may(request, obj, "leads.change_savedview")

    def has_delete_permission(self, request: HttpRequest, obj: SavedView | None = None) -> bool:
        return self._may(request, obj, "leads.delete_savedview")

    def _may(self, request: HttpRequest, view: SavedView | None, permission: str) -> bool:
        is_theirs = view is None or view.owner_id == request.user.pk
        return (is_theirs and self.has_view_permission(request)) or request.user.has_perm(permission)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedView]:
        return super().get_queryset(request).filter(pk__in=views_of(cast(User, request.user)))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """New ones are made where the filters are: above the list of leads."""
        return super().changelist_view(request, {**(extra_context or {}), "has_add_permission": False})

    # --- saving -------------------------------------------------------------------------------------------------------

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"query": request.GET.get("query", "")}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "team":
            kwargs["queryset"] = teams_of(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: SavedView, form: Any, change: bool) -> None:
        if not change:
            obj.owner = cast(User, request.user)
            obj.position = 1 + (SavedView.objects.aggregate(last=Max("position"))["last"] or 0)
        if obj.is_default:
            SavedView.objects.filter(owner=obj.owner, is_default=True).exclude(pk=obj.pk).update(is_default=False)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: SavedView, post_url_continue: str | None = None) -> HttpResponse:
        self.say(request, True, _("Saved as “%(name)s”.") % {"name": obj})
        return HttpResponseRedirect(_page(obj))

    # --- opening ------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.open_view)
        return [path("<int:pk>/open/", view, name="leads_savedview_open"), *super().get_urls()]

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list with these filters; without them where they are no longer understood."""
        if not self.has_view_permission(request):
            raise Http404
        view = get_object_or_404(self.get_queryset(request), pk=pk)
        if self._is_understood(request, view):
            return HttpResponseRedirect(f"{_list()}?{view.query}")
        text = _(
            "The view “%(name)s” uses a filter that is gone. Here are all leads: filter them and save the view anew."
        )
        self.say(request, False, text % {"name": view})
        return HttpResponseRedirect(_list())

    def _is_understood(self, request: HttpRequest, view: SavedView) -> bool:
        given, request.GET = request.GET, QueryDict(view.query)
        try:
            self.admin_site.get_model_admin(Lead).get_changelist_instance(request)
        except (IncorrectLookupParameters, SuspiciousOperation):
            return False
        finally:
            request.GET = given
        return True

    # --- order --------------------------------------------------------------------------------------------------------

    @post_action("leads.view_lead")
    def move_up(self, request: HttpRequest, view: SavedView) -> HttpResponse:
        return self._move(request, view, -1)

    @post_action("leads.view_lead")
    def move_down(self, request: HttpRequest, view: SavedView) -> HttpResponse:
        return self._move(request, view, 1)

    def _move(self, request: HttpRequest, view: SavedView, by: int) -> HttpResponse:
        """Among those of the same person: the others keep their places."""
        if not self.has_change_permission(request, view):
            raise PermissionDenied
        own = list(SavedView.objects.filter(owner=view.owner_id).order_by("position", "id"))
        places = sorted(each.position for each in own)
        place = own.index(view)
        other = place + by
        if can_move := 0 <= other < len(own):
            own[place], own[other] = own[other], own[place]
            for position, one in zip(places, own, strict=True):
                SavedView.objects.filter(pk=one.pk).update(position=position)
        self.say(request, can_move, _("Moved.") if can_move else _("It is at this end already."))
        return HttpResponseRedirect(reverse("admin:leads_savedview_changelist"))
