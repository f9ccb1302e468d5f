"""Is the process alive, is it ready, and how is the installation doing? Answered before the host check and the redirect
to HTTPS, because probes come by address. ``/healthz`` touches nothing, or an outage of the database would restart every
process."""

from collections.abc import Callable

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from leadcrm import metrics


class ProbeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return JsonResponse({"status": "alive"})
        if request.path_info == "/readyz":
            return readiness()
        if request.path_info == "/metrics" and settings.LEADCRM_METRICS_TOKEN:
            return metrics.answer(request)
        return self.get_response(request)


def readiness() -> JsonResponse:
    """200 when the database answers and has the tables this version expects, else 503 with what is missing."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseTrouble:
        return JsonResponse({"status": "not_ready", "missing": "database"}, status=503)
    if pending:
        return JsonResponse({"status": "not_ready", "missing": "migrations"}, status=503)
    return JsonResponse({"status": "ready"})
