"""``/metrics``, in the text format of Prometheus, for who knows the token."""

import secrets
from collections.abc import Iterable
from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from leads.watching.metrics import metrics

CACHED_SECONDS = 10
"""However often it is asked for, the database is read so often at most."""


class _Rows(Collector):
    def collect(self) -> Iterable[Metric]:
        return metrics()


_registry = CollectorRegistry()
_registry.register(_Rows())


def answer(request: HttpRequest) -> HttpResponse:
    """What there is to count, or 401 without the token of the settings."""
    if not _is_allowed(request):
        refusal = {"WWW-Authenticate": "Bearer"}
        return HttpResponse(
            "Authorization: Bearer <LEADCRM_METRICS_TOKEN>\n", "text/plain", HTTPStatus.UNAUTHORIZED, headers=refusal
        )
    text = cache.get_or_set("metrics", lambda: generate_latest(_registry), CACHED_SECONDS)
    return HttpResponse(text, CONTENT_TYPE_PLAIN_0_0_4)


def _is_allowed(request: HttpRequest) -> bool:
    expected = f"Bearer {settings.LEADCRM_METRICS_TOKEN}"
    return secrets.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())
