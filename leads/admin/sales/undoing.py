"""Undo in the message bar: what somebody has just done to leads can be taken back for ten minutes."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.hints import after_commit
from leads.history.undo import TooLate, Undone
from leads.models import BulkEdit, Edit
from leads.sales import bulk
from leads.sales.activities import take_back
from leads.tasks import continue_bulk_edits


def say_with_undo(request: HttpRequest, edit: Edit | None, text: object) -> None:
    """A green message with the button that takes the edit back; without an edit nothing was changed."""
    if edit is None:
        messages.warning(request, str(text))
    else:
        button = render_to_string("leads/undo.html", {"edit": edit}, request)
        messages.success(request, format_html("{} {}", str(text), button))


def say_with_button(request: HttpRequest, text: object, row: Model, action: str, **fields: Any) -> None:
    """The same for what is no edit: the button posts ``action`` for ``row``, with these fields."""
    meta = row._meta
    context = {
        "url": reverse(f"admin:{meta.app_label}_{meta.model_name}_do", args=[quote(row.pk), action]),
        "label": _("Undo"),
        "look": "lc-undo-button",
        "fields": fields,
    }
    button = render_to_string("leads/act.html", context, request)
    messages.success(request, format_html("{} {}", str(text), SafeString(button)))


def undo_view(request: HttpRequest, edit_id: UUID) -> HttpResponse:
    """Served at ``leads/lead/undo/<edit>/``. Only who did it takes it back."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm("leads.change_lead"):
        raise PermissionDenied
    user = cast(User, request.user)
    edit = get_object_or_404(Edit, pk=edit_id, actor=user)
    done = BulkEdit.objects.filter(edit=edit).first()
    try:
        if done and done.found > bulk.MOST_AT_ONCE:
            return progress_of(bulk.ask_to_undo(user, edit))
        say_undone(request, take_back(edit, user))
    except TooLate:
        messages.warning(request, _("Nothing was undone: that is possible once, within ten minutes."))
    return HttpResponseRedirect(came_from(request, reverse("admin:leads_lead_changelist")))


def progress_of(edit: BulkEdit) -> HttpResponse:
    """A worker does it; the person looks on."""
    after_commit(continue_bulk_edits)
    return HttpResponseRedirect(reverse("admin:leads_lead_bulk_progress", args=[edit.pk]))


def say_undone(request: HttpRequest, undone: Undone) -> None:
    if undone.leads:
        text = ngettext(
            "Undone: %(count)d lead is as it was.", "Undone: %(count)d leads are as they were.", undone.leads
        )
        messages.success(request, text % {"count": undone.leads})
    if undone.left_alone:
        text = ngettext(
            "%(count)d lead was changed again meanwhile, and stays so.",
            "%(count)d leads were changed again meanwhile, and stay so.",
            undone.left_alone,
        )
        messages.warning(request, text % {"count": undone.left_alone})


def came_from(request: HttpRequest, otherwise: str) -> str:
    """The page on which the button stood; never a foreign address."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if is_ours else otherwise
