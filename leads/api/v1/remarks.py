"""Codes that are stored, with the words that people read."""

from typing import Any

from rest_framework import serializers

from integrations.diagnosis import Who, diagnose
from leads.marketplace.remark import Remark
from leads.states import Withheld
from leads.words import reason_text


class RemarkSerializer(serializers.Serializer[dict[str, Any]]):
    """What was unusual about something that was posted."""

    code = serializers.CharField()
    params = serializers.DictField(help_text="Field names, numbers and codes; never what a customer entered.")
    message = serializers.SerializerMethodField()

    def get_message(self, stored: dict[str, Any]) -> str:
        return Remark(**stored).sentence


class DiagnosisSerializer(serializers.Serializer[str]):
    """What a failure's cause means, what to do about it, and who must act."""

    meaning = serializers.CharField()
    remedy = serializers.CharField(help_text="Empty where nothing is wrong.")
    who = serializers.ChoiceField(choices=Who.choices)

    def to_representation(self, cause: str) -> dict[str, str]:
        if cause in Withheld.values:
            return {"meaning": reason_text(cause), "remedy": "", "who": Who.NOBODY.value}
        words = diagnose(cause)
        return {"meaning": reason_text(cause), "remedy": str(words.remedy), "who": words.who.value}


def diagnosis_of(cause: str) -> dict[str, str] | None:
    """``None`` where there is no cause."""
    return DiagnosisSerializer().to_representation(cause) if cause else None
