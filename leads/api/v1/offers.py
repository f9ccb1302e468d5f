"""Offers, and the titles under which their leads arrive."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import CreateModelMixin, ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.examples import OFFER
from leads.api.v1.filtering import NumberedFilter, TruthFilter
from leads.api.v1.resources import Resource, StrictSerializer
from leads.hints import after_commit
from leads.intake.mapping import map_title
from leads.models import Offer, OfferTitle
from leads.tasks import follow_titles


@extend_schema_serializer(examples=[OFFER])
class OfferSerializer(StrictSerializer, serializers.ModelSerializer[Offer]):
    class Meta:
        model = Offer
        fields = ("id", "name", "publisher_id", "offer_id", "created_at")
        read_only_fields = ("id", "created_at")

    def save(self, **kwargs: Any) -> Offer:
        """The database decides whether the marketplace's ids are taken, so that of two who try at once one wins."""
        try:
            with transaction.atomic():
                return super().save(**kwargs)
        except IntegrityError:
            text = _("There is an offer with this publisher ID and offer ID already.")
            raise serializers.ValidationError({"offer_id": [text]}, code="unique") from None


class OfferFilters(FilterSet):
    """None yet: a publisher has few offers."""


@extend_schema_view(
    list=extend_schema(summary="List offers"),
    retrieve=extend_schema(summary="Read one offer"),
    create=extend_schema(summary="Add an offer"),
)
class OfferResource(ListModelMixin, RetrieveModelMixin, CreateModelMixin, Resource[Offer]):
    """What the publisher lists on the marketplace."""

    permissions = {
        "list": ("leads.view_offer",),
        "retrieve": ("leads.view_offer",),
        "create": ("leads.view_offer", "leads.add_offer"),
        "partial_update": ("leads.view_offer", "leads.change_offer"),
    }
    queryset = Offer.objects.all()
    serializer_class = OfferSerializer
    filterset_class = OfferFilters

    @extend_schema(summary="Change an offer")
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        changed = self.get_serializer(self.get_object(), data=request.data, partial=True)
        changed.is_valid(raise_exception=True)
        changed.save()
        return Response(changed.data)


class OfferTitleSerializer(serializers.ModelSerializer[OfferTitle]):
    class Meta:
        model = OfferTitle
        fields = ("id", "title", "offer", "first_seen_at")
        read_only_fields = fields


class MappingSerializer(StrictSerializer):
    """Which offer the title means; null for none."""

    offer = serializers.PrimaryKeyRelatedField(
        queryset=Offer.objects.all(), allow_null=True, pk_field=serializers.IntegerField()
    )


class OfferTitleFilters(FilterSet):
    offer = NumberedFilter(field_name="offer_id")
    is_mapped = TruthFilter(method="choose_mapped", help_text="false: titles that still wait to be mapped.")

    def choose_mapped(self, titles: QuerySet[OfferTitle], name: str, value: bool) -> QuerySet[OfferTitle]:
        return titles.filter(offer__isnull=not value)


@extend_schema_view(
    list=extend_schema(summary="List offer titles"),
    retrieve=extend_schema(summary="Read one offer title"),
)
class OfferTitleResource(ListModelMixin, RetrieveModelMixin, Resource[OfferTitle]):
    """A display title seen in leads. The marketplace sends no offer id, so a title without an offer waits to be told
    which offer it means."""

    permissions = {
        "list": ("leads.view_offertitle",),
        "retrieve": ("leads.view_offertitle",),
        "partial_update": ("leads.view_offertitle", "leads.change_offertitle"),
    }
    queryset = OfferTitle.objects.all()
    serializer_class = OfferTitleSerializer
    filterset_class = OfferTitleFilters

    @extend_schema(
        summary="Say which offer a title means",
        description="What came under the title follows by itself: touches, leads, deliveries.",
        request=MappingSerializer,
        responses=OfferTitleSerializer,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        title = self.get_object()
        wanted = MappingSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        map_title(title, wanted.validated_data["offer"])
        after_commit(follow_titles)
        title.refresh_from_db()
        return Response(self.get_serializer(title).data)
