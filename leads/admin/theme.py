"""The one place that knows the admin's theme. Everything of Unfold that we use is imported here."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList as DjangoChangeList
from django.http import HttpRequest
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)
from unfold.contrib.filters.admin import DropdownFilter as UnfoldDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.sections import TemplateSection as UnfoldTemplateSection
from unfold.views import ChangeList as UnfoldChangeList
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanWidget,
)

from leads.admin.paging import BoundedPaginator

__all__ = [
    "AdminPasswordChangeForm",
    "BooleanRadioFilter",
    "ChoicesDropdownFilter",
    "DropdownFilter",
    "ModelAdmin",
    "MultipleChoicesDropdownFilter",
    "RangeDateTimeFilter",
    "RelatedDropdownFilter",
    "TabularInline",
    "TemplateSection",
    "UserChangeForm",
    "UserCreationForm",
    "themed",
]

# The theme's classes are Django's with more; its own type hints do not survive --strict, so Django's are used.
if TYPE_CHECKING:
    ModelAdminBase = admin.ModelAdmin[Any]
    TabularInlineBase = admin.TabularInline[Any, Any]
    ChangeListBase = DjangoChangeList
    DropdownFilterBase = admin.SimpleListFilter

    class TemplateSectionBase:
        template_name: str
else:
    ModelAdminBase = UnfoldModelAdmin
    TabularInlineBase = UnfoldTabularInline
    ChangeListBase = UnfoldChangeList
    DropdownFilterBase = UnfoldDropdownFilter
    TemplateSectionBase = UnfoldTemplateSection


class TemplateSection(TemplateSectionBase):
    """What a row of a list folds out to: a template with the row as ``instance``."""


class DropdownFilter(DropdownFilterBase):
    """One choice out of a list that is known without asking the database."""


class TabularInline(TabularInlineBase):
    """Rows of another model in a form."""


class ChangeList(ChangeListBase):
    """Knows that a list without filter and search shows everything, so that the theme offers no "show all" there."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.params and not self.query:
            self.full_result_count = self.result_count


class ModelAdmin(ModelAdminBase):
    """Our defaults: pages that stay quick with a million rows, and filters that are applied together."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 25
    list_max_show_all = 100
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList


_WIDGETS: tuple[tuple[type[forms.Widget], type[forms.Widget]], ...] = (
    (forms.CheckboxSelectMultiple, UnfoldAdminCheckboxSelectMultipleWidget),
    (forms.CheckboxInput, UnfoldBooleanWidget),
    (forms.PasswordInput, UnfoldAdminPasswordWidget),
    (forms.Textarea, UnfoldAdminTextareaWidget),
    (forms.SelectMultiple, UnfoldAdminSelect2MultipleWidget),
    (forms.Select, UnfoldAdminSelectWidget),
    (forms.URLInput, UnfoldAdminURLInputWidget),
    (forms.TextInput, UnfoldAdminTextInputWidget),
)


def themed(field: forms.Field) -> forms.Field:
    """The field with the theme's look in place of Django's plain widget."""
    plain = field.widget
    for kind, look in _WIDGETS:
        if isinstance(plain, kind):
            attributes: dict[str, Any] = {"attrs": plain.attrs}
            if isinstance(plain, forms.PasswordInput):
                attributes["render_value"] = False
            field.widget = look(**attributes)
            if isinstance(field, forms.ChoiceField):
                field.widget.choices = field.choices
            break
    return field
