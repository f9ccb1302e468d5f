"""Retention: how long what is kept, what would go today, and what went in the last nights."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.admin.theme import themed
from leads.models import PurgeRun, RetentionRule
from leads.models.privacy import RetentionKind
from leads.privacy.retention import LONGEST, MOST, Kind, Rule, kind_of, rules, set_rule

PERMISSION = "leads.set_retention"
RUNS_SHOWN = 14


class RuleForm(forms.Form):
    enabled = forms.BooleanField(label=gettext_lazy("Cleared every night"), required=False)
    keep = forms.IntegerField(min_value=1)

    def __init__(
        self, kind: Kind, data: Mapping[str, Any] | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial, auto_id=f"{kind.kind}-%s")
        self.longest = LONGEST[kind.in_months]
        keep = self.fields["keep"]
        keep.label = _("Kept for, in months") if kind.in_months else _("Kept for, in days")
        for field in self.fields.values():
            themed(field)

    def clean_keep(self) -> int:
        keep = cast(int, self.cleaned_data["keep"])
        if keep > self.longest:
            raise forms.ValidationError(_("At most %(longest)d.") % {"longest": self.longest})
        return keep


class Shown(NamedTuple):
    """A rule with its form, in words."""

    rule: Rule
    label: str
    kept: str
    would_go: str
    form: RuleForm
    is_wrong: bool


def retention_page(request: HttpRequest) -> HttpResponse:
    """Served at ``retention/``. A POST sets one rule."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    wrong: RuleForm | None = None
    kind = None
    if request.method == "POST":
        kind = kind_of(request.POST.get("kind", ""))
        if kind is None:
            raise Http404
        form = RuleForm(kind, request.POST)
        if form.is_valid():
            _set(request, kind, form.cleaned_data)
            return HttpResponseRedirect(reverse("admin:leads_retention"))
        wrong = form
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": _("Retention"),
        "shown": [_shown(rule, now, wrong if rule.kind is kind else None) for rule in rules()],
        "runs": [(run, counts_text(run)) for run in PurgeRun.objects.order_by("-id")[:RUNS_SHOWN]],
    }
    return TemplateResponse(request, "leads/retention.html", context)


def _set(request: HttpRequest, kind: Kind, given: dict[str, Any]) -> None:
    set_rule(kind, enabled=given["enabled"], keep=given["keep"])
    text = kept_text(kind, given["keep"]) if given["enabled"] else _("Kept for ever")
    LogEntry.objects.create(
        user=cast(User, request.user),
        content_type=ContentType.objects.get_for_model(RetentionRule),
        object_id=kind.kind.value,
        object_repr=str(kind.kind.label)[:200],
        action_flag=CHANGE,
        change_message=text,
    )
    messages.success(request, f"{kind.kind.label}: {text}")


def _shown(rule: Rule, now: Any, wrong: RuleForm | None) -> Shown:
    count = rule.would_go(now)
    number = number_format(min(count, MOST), force_grouping=True) + ("+" if count > MOST else "")
    initial = {"enabled": rule.enabled, "keep": rule.keep}
    return Shown(
        rule,
        str(rule.kind.kind.label),
        kept_text(rule.kind, rule.keep),
        _("%(number)s would go today") % {"number": number},
        wrong or RuleForm(rule.kind, initial=initial),
        wrong is not None,
    )


def kept_text(kind: Kind, keep: int) -> str:
    if kind.in_months:
        return ngettext("Kept for %(count)d month", "Kept for %(count)d months", keep) % {"count": keep}
    return ngettext("Kept for %(count)d day", "Kept for %(count)d days", keep) % {"count": keep}


def counts_text(run: PurgeRun) -> str:
    """ "Requests as posted: 1,200 · Notices: 14"; a dash where nothing went."""
    labels = dict(RetentionKind.choices)
    counts = [(labels.get(name, name), number_format(count, force_grouping=True)) for name, count in run.counts.items()]
    return " · ".join(f"{label}: {count}" for label, count in counts) or "–"
