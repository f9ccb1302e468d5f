"""Addresses of the API, version 1. None ends with a slash, but the page for people."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import override
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView, SpectacularYAMLAPIView
from rest_framework.routers import SimpleRouter

from leads.api.v1 import schema  # noqa: F401 - drf-spectacular finds what is imported
from leads.api.v1.deliveries import DeliveryResource
from leads.api.v1.destinations import DestinationResource
from leads.api.v1.exports import ExportResource
from leads.api.v1.imports import ImportResource
from leads.api.v1.inbound_requests import InboundRequestResource
from leads.api.v1.lead_merging import LeadMergingResource
from leads.api.v1.offers import OfferResource, OfferTitleResource
from leads.api.v1.resend_jobs import ResendJobResource
from leads.api.v1.tasks import TaskResource
from leads.api.v1.touches import TouchResource
from leads.api.v1.troubles import TroubleResource

router = SimpleRouter(trailing_slash=False)
router.register("leads", LeadMergingResource, basename="lead")
router.register("tasks", TaskResource, basename="task")
router.register("touches", TouchResource, basename="touch")
router.register("offers", OfferResource, basename="offer")
router.register("offer-titles", OfferTitleResource, basename="offer-title")
router.register("destinations", DestinationResource, basename="destination")
router.register("deliveries", DeliveryResource, basename="delivery")
router.register("resend-jobs", ResendJobResource, basename="resend-job")
router.register("imports", ImportResource, basename="import")
router.register("exports", ExportResource, basename="export")
router.register("troubles", TroubleResource, basename="trouble")
router.register("inbound-requests", InboundRequestResource, basename="inbound-request")


def in_english(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The description is written in English; labels of choices in another language would only mix the two."""

    @wraps(view)
    def described(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with override("en"):
            return view(request, *args, **kwargs)

    return described


app_name = "api-v1"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(router.urls)),
    path("openapi.yaml", in_english(SpectacularYAMLAPIView.as_view()), name="openapi-yaml"),
    path("openapi.json", in_english(SpectacularJSONAPIView.as_view()), name="openapi-json"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-v1:openapi-json"), name="docs"),
]
