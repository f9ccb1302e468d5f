"""Leads that may be one, for programs: which they are, merge them, split them again."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.lead_work import LeadWorkResource
from leads.api.v1.leads import LeadSerializer
from leads.api.v1.personal_data import may_see_private
from leads.api.v1.problems import WrongState
from leads.api.v1.resources import StrictSerializer
from leads.api.v1.versions import OtherVersion, if_match, refuse_other_version
from leads.models import Lead
from leads.sales import merging
from leads.sales.duplicates import alike_for
from leads.sales.merge_rules import CHOSEN
from leads.states import Likeness

NEEDED = ("leads.view_lead", "leads.change_lead")
OF_ABSORBED = ("retrieve", "split", "activities")
"""What can be asked of a lead that became part of another."""


class DuplicateSerializer(serializers.Serializer[Any]):
    lead = serializers.UUIDField()
    likeness = serializers.ChoiceField(choices=[(one.name.lower(), one.label) for one in Likeness])


class MergeSerializer(StrictSerializer):
    absorb = serializers.UUIDField(help_text="The lead that becomes part of this one.")
    take = serializers.ListField(
        child=serializers.ChoiceField(choices=[(name, name) for name in CHOSEN]),
        required=False,
        help_text="What stands as the absorbed lead has it. Left out: what a person set, else the newest that is not "
        "empty; the owner and the stage of the sale that is further.",
    )


class LeadMergingResource(LeadWorkResource):
    """One person's interest in one offer: what sales works on. It groups touches, and a new touch re-opens it and
    moves it to the front."""

    permissions = LeadWorkResource.permissions | {"duplicates": NEEDED[:1], "merge": NEEDED, "split": NEEDED}

    def get_object(self) -> Lead:
        lead = super().get_object()
        if lead.merged_into_id and self.action not in OF_ABSORBED:
            raise WrongState(_("The lead became part of the lead %(lead)s.") % {"lead": lead.merged_into_id})
        return lead

    @extend_schema(
        summary="List leads that may be the same",
        description="The most certain first. “same_person” is another interest of the same person, which is a lead of "
        "its own by design.",
        responses={200: DuplicateSerializer(many=True), 409: None},
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def duplicates(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found = alike_for(cast(User, request.user), self._open_to(request, self.get_object())).found
        rows = [{"lead": one.lead.pk, "likeness": one.likeness.name.lower()} for one in found]
        return Response(DuplicateSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="leads_merge",
        summary="Merge another lead into this one",
        description="Its touches, deliveries, activities and tasks go with it; nothing is sent again. Later touches of "
        "either person join this lead.",
        parameters=[if_match()],
        request=MergeSerializer,
        responses={200: LeadSerializer, 409: None, 412: None},
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        lead, wanted = self._open_to(request, self.get_object()), MergeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        other = self.get_queryset().filter(pk=given["absorb"]).first()
        if other is None:
            raise serializers.ValidationError({"absorb": [_("There is no such lead.")]})
        self._open_to(request, other)
        refuse_other_version(request, lead)
        versions = (lead.version, other.version) if "If-Match" in request.headers else None
        try:
            merging.merge(cast(User, request.user), lead.pk, other.pk, given.get("take"), versions)
        except merging.ChangedMeanwhile:
            raise OtherVersion from None
        except merging.CannotMerge:
            raise WrongState(_("A lead is not merged with itself, nor a test lead with a real one.")) from None
        except merging.NotTwoAnyMore:
            raise WrongState(_("One of them is part of another lead by now.")) from None
        return self.answer(lead)

    @extend_schema(
        operation_id="leads_split",
        summary="Split a lead off again",
        description="The id is that of the lead that became part of another. Both are as they were before; what "
        "somebody changed since stays, and so does what was done since.",
        request=None,
        responses={200: LeadSerializer, 409: None},
    )
    @action(detail=True, methods=["post"])
    def split(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        lead = self._open_to(request, self.get_object())
        if lead.merged_into_id and not self.get_queryset().filter(pk=lead.merged_into_id).exists():
            raise PermissionDenied(_("You do not see the lead that it became part of."))
        try:
            merging.split(cast(User, request.user), lead.pk)
        except merging.NotMerged:
            raise WrongState(_("The lead is not part of another.")) from None
        except merging.SplitFirst:
            raise WrongState(_("The lead that it became part of is to be split off first.")) from None
        return self.answer(lead)

    def _open_to(self, request: Request, lead: Lead) -> Lead:
        """Raises ``PermissionDenied``."""
        if lead.is_private and not may_see_private(request):
            raise PermissionDenied(_("A privacy rule holds the personal data of this lead back."))
        return lead
