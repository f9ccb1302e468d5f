"""The one place that knows the admin's theme. Everything of Unfold that we use is imported here."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.views.main import ChangeList as DjangoChangeList
from django.contrib.admin.widgets import get_select2_language
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import StackedInline as UnfoldStackedInline
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from unfold.contrib.filters.admin import DropdownFilter as UnfoldDropdownFilter
from unfold.contrib.filters.admin import RangeDateTimeFilter as UnfoldRangeDateTimeFilter
from unfold.contrib.filters.admin import RangeNumericFilter as UnfoldRangeNumericFilter
from unfold.forms import AdminPasswordChangeForm, AuthenticationForm, UserChangeForm
from unfold.sections import TemplateSection as UnfoldTemplateSection
from unfold.views import ChangeList as UnfoldChangeList
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanSwitchWidget,
)

from leads.admin.conflicts import guarded
from leads.admin.paging import BoundedPaginator

__all__ = [
    "AdminPasswordChangeForm",
    "AuthenticationForm",
    "BooleanRadioFilter",
    "ChangeList",
    "ChoicesDropdownFilter",
    "DropdownFilter",
    "ModelAdmin",
    "MultipleChoicesDropdownFilter",
    "RangeDateTimeFilter",
    "RangeNumericFilter",
    "RelatedDropdownFilter",
    "StackedInline",
    "TabularInline",
    "TemplateSection",
    "UserChangeForm",
    "themed",
    "without_nul",
]

# The theme's classes are Django's with more; its own type hints do not survive --strict, so Django's are used.
if TYPE_CHECKING:
    ModelAdminBase = admin.ModelAdmin[Any]
    StackedInlineBase = admin.StackedInline[Any, Any]
    TabularInlineBase = admin.TabularInline[Any, Any]
    ChangeListBase = DjangoChangeList
    DropdownFilterBase = admin.SimpleListFilter
    RangeDateTimeFilterBase = admin.FieldListFilter
    RangeNumericFilterBase = admin.FieldListFilter

    class TemplateSectionBase:
        template_name: str
else:
    ModelAdminBase = UnfoldModelAdmin
    StackedInlineBase = UnfoldStackedInline
    TabularInlineBase = UnfoldTabularInline
    ChangeListBase = UnfoldChangeList
    DropdownFilterBase = UnfoldDropdownFilter
    RangeDateTimeFilterBase = UnfoldRangeDateTimeFilter
    RangeNumericFilterBase = UnfoldRangeNumericFilter
    TemplateSectionBase = UnfoldTemplateSection


class TemplateSection(TemplateSectionBase):
    """What a row of a list folds out to: a template with the row as ``instance``."""


class DropdownFilter(DropdownFilterBase):
    """One choice out of a list that is known without asking the database."""


class RangeDateTimeFilter(RangeDateTimeFilterBase):
    """Two moments, each entered as day and time of day."""


class RangeNumericFilter(RangeNumericFilterBase):
    """Two numbers, both included."""


class StackedInline(StackedInlineBase):
    """A row of another model as a part of a form."""


class TabularInline(TabularInlineBase):
    """Rows of another model in a form."""


class ChangeList(ChangeListBase):
    """Knows that a list without filter and search shows everything, so that the theme offers no "show all" there."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        if any(without_nul(value) != value for values in self.get_filters_params().values() for value in values):
            raise IncorrectLookupParameters
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        assert isinstance(self.model_admin, ModelAdmin)
        return self.model_admin.for_list(request, rows)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.params and not self.query:
            self.full_result_count = self.result_count


class RowsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Any number of rows. What cannot be the key of one is refused before the database, or the widget, asks for it."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if not self._is_key(key):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": key})
        return super().clean(value)

    def prepare_value(self, value: Any) -> Any:
        prepared = super().prepare_value(value)
        return list(filter(self._is_key, prepared)) if isinstance(prepared, list) else prepared

    def _is_key(self, value: Any) -> bool:
        assert self.queryset is not None
        return is_key(self.queryset.model, value)


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
    change_form_after_template = "leads/loaded.html"
    nothing_yet: str | Promise = ""
    """What an empty list says it is for."""

    @property
    def media(self) -> forms.Media:
        return super().media + _words_of_select2()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and ERROR_FLAG in request.GET:  # Django brings back the whole list, without a word
            messages.warning(request, _("A filter was not understood, so none is on. Filter the list anew."))
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    def get_actions(self, request: HttpRequest, *args: Any) -> dict[str, Any]:
        """Rows are deleted one by one, on a page that says what goes with them."""
        actions: dict[str, Any] = super().get_actions(request, *args)
        actions.pop("delete_selected", None)
        return actions

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return guarded(form) if change else form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """Without what cannot be the key of a row: it is on no page."""
        posted = request.POST.copy()
        chosen = [key for key in posted.getlist(ACTION_CHECKBOX_NAME) if is_key(self.model, key)]
        posted.setlist(ACTION_CHECKBOX_NAME, chosen)
        request.POST = posted  # type: ignore[assignment]
        return super().response_action(request, *args, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **{"form_class": RowsField} | kwargs)

    def may_edit(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the page of this row, or of a new one, is a form."""
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def for_list(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with what only the list shows beside them. The page of one row asks for itself."""
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, without_nul(search_term))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what a filter of the list offers. Any other column in the address would let people guess, letter by
        letter, at what they may not see."""
        filters = self.get_list_filter(request)
        columns = {given[0] for given in filters if isinstance(given, tuple)}
        parameters = {getattr(given, "parameter_name", None) for given in filters}
        column = lookup.partition(LOOKUP_SEP)[0]
        is_offered = column in columns or lookup in parameters
        is_no_column = column not in {field.name for field in self.opts.get_fields()}
        return (is_offered or is_no_column) and super().lookup_allowed(lookup, value, request)


def without_nul(text: str) -> str:
    """PostgreSQL takes the character for an error, and the theme's search over everything does not look for it."""
    return text.replace("\0", "")


def is_key(model: type[Model], value: Any) -> bool:
    """Whether a row of the model could have it as its primary key."""
    try:
        model._meta.pk.clean(value, None)
    except ValidationError:
        return False
    return "\0" not in str(value)


def _words_of_select2() -> forms.Media:
    """In the person's language: the theme leaves them out. They must come before Django puts jQuery away."""
    language = get_select2_language()
    if language in (None, "en"):
        return forms.Media()
    vendor, extra = "admin/js/vendor", "" if settings.DEBUG else ".min"
    select2 = (f"{vendor}/select2/select2.full.js", f"{vendor}/select2/i18n/{language}.js")
    return forms.Media(js=(f"{vendor}/jquery/jquery{extra}.js", *select2, "admin/js/jquery.init.js"))


class SelectMultiple(UnfoldAdminSelect2MultipleWidget):  # type: ignore[misc]
    """The theme's, without the class by which Django's script fetches choices: these are on the page already."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.attrs["class"] = "unfold-admin-autocomplete"


class DayInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A day in the browser's own calendar, which takes and gives it as ISO 8601 in every language."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        return value.isoformat() if isinstance(value, date) else value


class MomentInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A day and a time of day, in the browser's own calendar, by the clock of the installation."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        moment = parse_datetime(value) if isinstance(value, str) else value
        if not isinstance(moment, datetime):
            return None
        try:
            local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
        except OverflowError:
            return None
        return local.replace(tzinfo=None).isoformat(timespec="minutes")


_WIDGETS: tuple[tuple[type[forms.Widget], type[forms.Widget]], ...] = (
    (forms.CheckboxSelectMultiple, UnfoldAdminCheckboxSelectMultipleWidget),
    (forms.CheckboxInput, UnfoldBooleanSwitchWidget),
    (forms.PasswordInput, UnfoldAdminPasswordWidget),
    (forms.NumberInput, UnfoldAdminIntegerFieldWidget),
    (forms.Textarea, UnfoldAdminTextareaWidget),
    (forms.SelectMultiple, SelectMultiple),
    (forms.Select, UnfoldAdminSelectWidget),
    (forms.EmailInput, UnfoldAdminEmailInputWidget),
    (forms.URLInput, UnfoldAdminURLInputWidget),
    (forms.DateInput, DayInput),
    (forms.DateTimeInput, MomentInput),
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
