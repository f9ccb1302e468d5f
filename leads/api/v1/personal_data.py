"""Personal data that a privacy rule holds back: shown only with the permission ``leads.view_private_lead``."""

from typing import Any, ClassVar

from django.db.models import Model, Q
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

    personal_data = serializers.ChoiceField(
        choices=[SHOWN, HELD_BACK],
        read_only=True,
        default=SHOWN,
        help_text="Whether personal data is shown, or held back by a privacy rule: then its fields are null.",
    )

    def is_held_back(self, row: M) -> bool:
        return not may_see_private(self.context["request"]) and self.is_private(row)

    def is_private(self, row: M) -> bool:
        return bool(row.is_private)  # type: ignore[attr-defined]

    def get_extra_kwargs(self) -> dict[str, Any]:
        extra: dict[str, Any] = super().get_extra_kwargs()
        return extra | {name: extra.get(name, {}) | {"allow_null": True} for name in self.personal}

    def to_representation(self, row: M) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(row)
        return shown | dict.fromkeys(self.personal) | {"personal_data": HELD_BACK} if self.is_held_back(row) else shown
