"""Personal data that a privacy rule holds back: shown only with the permission ``leads.view_private_lead``."""

from typing import Any, ClassVar

from django.db.models import Model, Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from leads.states import PrivacyAction

SHOWN, HELD_BACK = "shown", "held_back"


def may_see_private(request: Request) -> bool:
    return request.user.has_perm("leads.view_private_lead")


def of_private_person(touch: str = "") -> Q:
    """Touches of people whose data is held back. ``touch`` is the path to the touch, with its ``__``."""
    return Q(**{f"{touch}privacy": PrivacyAction.HOLD}) | Q(**{f"{touch}lead__is_private": True})


class PersonalDataSerializer[M: Model](serializers.ModelSerializer[M]):
    """Gives the fields named in ``personal`` as null, where the row's ``is_private`` says so and the reader may not
    see them."""

    personal: ClassVar[tuple[str, ...]] = ()

    personal_data = serializers.SerializerMethodField(
        help_text="Whether personal data is shown, or held back by a privacy rule: then its fields are null."
    )

    @extend_schema_field({"type": "string", "enum": [SHOWN, HELD_BACK]})
    def get_personal_data(self, row: M) -> str:
        return HELD_BACK if self.is_held_back(row) else SHOWN

    def is_held_back(self, row: M) -> bool:
        return bool(row.is_private) and not may_see_private(self.context["request"])  # type: ignore[attr-defined]

    def get_extra_kwargs(self) -> dict[str, Any]:
        nullable = {name: {"allow_null": True, "read_only": True} for name in self.personal}
        return nullable | super().get_extra_kwargs()

    def to_representation(self, row: M) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(row)
        return shown | dict.fromkeys(self.personal) if self.is_held_back(row) else shown
