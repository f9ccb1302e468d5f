"""Who may do what: Django's model permissions, named for every action of every resource."""

from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

if TYPE_CHECKING:
    from leads.api.v1.resources import Resource


class HasNamedPermissions(BasePermission):
    """The resource's table ``permissions`` says what its actions need."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        resource = cast("Resource[Any]", view)
        for name in resource.permissions[resource.action] if resource.offers(request) else ():
            if not request.user.has_perm(name):
                raise PermissionDenied(_("Your account needs the permission %(name)s.") % {"name": name})
        return True
