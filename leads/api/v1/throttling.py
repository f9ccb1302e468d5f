"""A cap on what one token may ask for, far above what an integration needs.

The counts live in Django's default cache, which is this process's memory: with several web processes a token gets up
to that many times the rate. That is enough against a loop gone wild, which is all this is for.
"""

from typing import TYPE_CHECKING, ClassVar

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView


class _PerToken(SimpleRateThrottle):
    counts_reads: ClassVar[bool]

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        """Each token has its own count, and each person signed in to the admin; others are not counted here."""
        if (request.method in SAFE_METHODS) is not self.counts_reads or not request.user.is_authenticated:
            return None
        caller = f"token-{request.auth.pk}" if request.auth else f"user-{request.user.pk}"
        return self.cache_format % {"scope": self.scope, "ident": caller}


class ReadRate(_PerToken):
    scope = "read"
    counts_reads = True


class WriteRate(_PerToken):
    scope = "write"
    counts_reads = False
