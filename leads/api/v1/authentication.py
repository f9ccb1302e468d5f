"""Sign-in with a token: ``Authorization: Bearer TOKEN`` (RFC 6750). Tokens are stored as digests and expire."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from knox.models import AuthToken


class BearerToken(TokenAuthentication):
    def authenticate_credentials(self, token: bytes) -> "tuple[User, AuthToken]":
        # Anything else is no token, and knox would stumble over bytes that are not UTF-8.
        if not token.isalnum():
            raise AuthenticationFailed(_("Invalid token."))
        user, stored = super().authenticate_credentials(token)
        user.came_by = "api"  # for the history
        return user, stored
