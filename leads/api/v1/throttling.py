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
        if (request.method in SAFE_METHODS) is not self.counts_reads:
            return None
        return self.cache_format % {"scope": self.scope, "ident": self._caller(request)}

    def _caller(self, request: Request) -> str:
        """Each token has its own count; people signed in to the admin have one each, everybody else one per address."""
        if request.auth:
            return f"token-{request.auth.pk}"
        return f"user-{request.user.pk}" if request.user.is_authenticated else f"address-{self.get_ident(request)}"


class ReadRate(_PerToken):
    scope = "read"
    counts_reads = True


class WriteRate(_PerToken):
    scope = "write"
    counts_reads = False
