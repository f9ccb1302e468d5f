"""People: users, the groups that say what each may do, and their API tokens."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxLengthValidator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from knox.models import AuthToken

from leads import words
from leads.admin.acting import ActingAdmin, post_action
from leads.admin.foreign_rows import name_foreign_rows
from leads.admin.people.inviting import InviteForm, invite
from leads.admin.sales.hand_over import HandOverPage
from leads.admin.theme import (
    AdminPasswordChangeForm,
    AuthenticationForm,
    BooleanRadioFilter,
    ModelAdmin,
    RelatedDropdownFilter,
    StackedInline,
    TabularInline,
    UserChangeForm,
    themed,
)
from leads.models import Absence, Profile
from leads.sales.leaving import leads_of

# Registered by the packages themselves, in a look that is not the theme's.
for model in (User, Group, AuthToken, AccessAttempt, AccessLog, AccessFailureLog):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

name_foreign_rows()


class SignInForm(AuthenticationForm):  # type: ignore[misc]
    """Refuses a name that is longer than any user's: the record of failed sign-ins has no room for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = User._meta.get_field("username").max_length
        self.fields["username"].validators.append(MaxLengthValidator(longest))


admin.site.login_form = SignInForm


class ProfileInline(StackedInline):
    """Whether they get new leads, and when they work. It always has one row."""

    model = Profile
    fields = ("takes_leads", "calendar", "time_zone")
    can_delete = False
    max_num = 1
    verbose_name = verbose_name_plural = gettext_lazy("Availability")


class AbsenceInline(TabularInline):
    """Those that are not over."""

    model = Absence
    fields = ("begins_at", "ends_at")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Absence]:
        return super().get_queryset(request).filter(ends_at__gt=timezone.now()).select_related("user")


@admin.register(User)
class UserAdmin(HandOverPage, ActingAdmin, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg, misc]
    form = UserChangeForm
    add_form = InviteForm
    add_form_template = "admin/change_form.html"
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "username",
        "first_name",
        "last_name",
        "email",
        "in_groups",
        "availability",
        "is_active",
        "last_login",
    )
    list_filter = (("is_active", BooleanRadioFilter), ("groups", RelatedDropdownFilter))
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    inlines = (ProfileInline, AbsenceInline)
    list_select_related = ("profile__calendar",)
    add_fieldsets = (
        (
            gettext_lazy("Person"),
            {
                "description": gettext_lazy("They get a link to set their password."),
                "fields": ("email", "first_name", "last_name", "username"),
            },
        ),
        (gettext_lazy("What they may do"), {"fields": ("groups",)}),
    )
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("What they may do"), {"fields": ("is_active", "is_staff", "groups")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else ()

    @admin.display(description=gettext_lazy("Groups"))
    def in_groups(self, user: User) -> str:
        return ", ".join(str(group) for group in user.groups.all()) or "–"

    def for_list(self, request: HttpRequest, rows: QuerySet[User]) -> QuerySet[User]:
        absences = Prefetch("absences", Absence.objects.now(), to_attr="present_absences")
        return rows.prefetch_related(Prefetch("groups", Group.objects.order_by("name")), absences)

    @admin.display(description=gettext_lazy("Availability"))
    def availability(self, user: User) -> SafeString | str:
        profile = getattr(user, "profile", None)
        if absences := user.present_absences:  # type: ignore[attr-defined]
            until = date_format(timezone.localtime(max(one.ends_at for one in absences)), "SHORT_DATETIME_FORMAT")
            return words.pill(_("Away until %(moment)s") % {"moment": until}, "warn")
        if profile and not profile.takes_leads:
            return words.pill(_("Gets no new leads"), "mute")
        return str(profile.calendar) if profile and profile.calendar else "–"

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple()
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        return themed(field)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody shuts themselves out, or lets themselves into a group."""
        own = ("is_active", "is_staff", "groups") if obj == request.user else ()
        return (*self.readonly_fields, *own)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.is_staff = True  # without it nobody can sign in here
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Back to the list, with the link."""
        invite(request, obj)
        return HttpResponseRedirect(reverse("admin:auth_user_changelist"))

    @post_action("auth.change_user")
    def invite(self, request: HttpRequest, user: User) -> None:
        """Anew, also for who has forgotten their password."""
        if not self.has_change_permission(request, user) or not user.is_active:
            raise PermissionDenied
        self.log_change(request, user, _("Invited."))
        invite(request, user)

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        """Whoever is shut out leaves their open leads to somebody."""
        may_hand_over = self.has_change_permission(request, obj) and request.user.has_perm("leads.change_lead")
        if not obj.is_active and may_hand_over and leads_of(obj).exists():
            self.say(request, False, _("Nobody works on the open leads of %(name)s now.") % {"name": words.person(obj)})
            return HttpResponseRedirect(reverse("admin:leads_hand_over", args=[obj.pk]))
        return super().response_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _may_rule_over(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who left entries in the log stays, or the log would go with them; they can be made inactive."""
        if obj is not None and (obj == request.user or LogEntry.objects.filter(user=obj).exists()):
            return False
        return _may_rule_over(request, obj) and super().has_delete_permission(request, obj)


def _may_rule_over(request: HttpRequest, user: User | None) -> bool:
    """Only superusers change superusers: whoever sets a password can sign in with it."""
    return user is None or not user.is_superuser or bool(getattr(request.user, "is_superuser", False))


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """The groups come with the product; each release sets their permissions."""

    fields = readonly_fields = ("may",)

    @admin.display(description=gettext_lazy("Permissions"))
    def may(self, group: Group) -> SafeString:
        permissions = group.permissions.order_by("content_type__app_label", "content_type__model", "codename")
        return format_html_join("", "<div>{}</div>", ((permission,) for permission in permissions))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuthToken)
class TokenAdmin(ModelAdmin):
    """Tokens are made with ``manage.py create_api_token``; here they are seen and taken away."""

    list_display = ("token_key", "user", "created", "expiry")
    list_display_links = None
    nothing_yet = gettext_lazy("A token is made on the server: manage.py create_api_token.")
    fields = readonly_fields = ("token_key", "user", "created", "expiry")
    list_select_related = ("user",)
    ordering = ("-created",)
    actions = ("take_away",)

    @admin.action(description=gettext_lazy("Take away"), permissions=["delete"])
    def take_away(self, request: HttpRequest, queryset: QuerySet[AuthToken]) -> None:
        self.log_deletions(request, queryset)
        _all, rows = queryset.delete()
        count = rows.get(AuthToken._meta.label, 0)
        text = ngettext("%(count)d token is no longer valid.", "%(count)d tokens are no longer valid.", count)
        self.message_user(request, text % {"count": count})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
