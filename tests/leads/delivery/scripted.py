"""A connector whose far end is a script: what each record gets as its answer, what was sent, and when."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms

from integrations.config_form import ConfigForm
from integrations.contract import (
    Arrival,
    CheckReport,
    CheckStep,
    Connector,
    Delivered,
    Exchange,
    Failure,
    Outcome,
    Preview,
    Record,
    StepResult,
)
from integrations.mapping import FieldMap, Origin, Rule, TargetField, ValueType

type Answer = Delivered | Failure | Outcome | Exception | None
"""``None``: no outcome for this record. An exception is raised, for the whole call."""

YES = Delivered(Arrival.CREATED, "there-1", "https://crm.example.com/there-1")


class FarEnd:
    """One for a test. Answers yes until told otherwise."""

    def __init__(self) -> None:
        self.calls: list[list[Record]] = []
        self.answer: Callable[[Record], Answer] = lambda _record: YES
        self.looked: list[UUID] = []
        self.finds: Callable[[Record], Answer] = lambda _record: None
        self.steps: list[CheckStep] | Exception = [CheckStep("Sign-in", StepResult.PASSED)]
        self.checks = 0

    def answers(self, *given: Answer) -> None:
        """One after the other, the last one for ever. With several calls at once their order is not known."""
        left = list(given)
        self.answer = lambda _record: left.pop(0) if len(left) > 1 else left[0]

    @property
    def received(self) -> list[UUID]:
        return [record.key for call in self.calls for record in call]

    def look(self, record: Record) -> Outcome | None:
        self.looked.append(record.key)
        found = self.finds(record)
        if isinstance(found, Exception):
            raise found
        return Outcome(record.key, found) if isinstance(found, Delivered | Failure) else found

    def take(self, records: Sequence[Record]) -> list[Outcome]:
        self.calls.append(list(records))
        outcomes = [(record, self.answer(record)) for record in records]
        for _record, answer in outcomes:
            if isinstance(answer, Exception):
                raise answer
        return [
            answer if isinstance(answer, Outcome) else Outcome(record.key, answer)
            for record, answer in outcomes
            if isinstance(answer, Delivered | Failure | Outcome)
        ]


far_end = FarEnd()


class ScriptedConfig(ConfigForm):
    recognises_repeats = forms.BooleanField(required=False, initial=True)
    findable_after = forms.IntegerField(required=False)
    required_setting = forms.CharField(initial="given")


class ScriptedConnector(Connector):
    label = "Scripted"
    Config = ScriptedConfig

    @property
    def recognises_repeats(self) -> bool:
        return bool(self.config["recognises_repeats"])

    def findable_after(self, record: Record) -> timedelta | None:
        seconds = self.config["findable_after"]
        return None if seconds is None else timedelta(seconds=seconds)

    def find(self, record: Record) -> Outcome | None:
        return far_end.look(record)

    def check(self) -> CheckReport:
        far_end.checks += 1
        if isinstance(far_end.steps, Exception):
            raise far_end.steps
        return CheckReport(far_end.steps)

    def preview(self, record: Record) -> Preview:
        return Preview()

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        return far_end.take(records)

    def close(self) -> None:
        """Nothing to give back; a call after it would be a fault of the engine."""
        self.config: Any = {}


class BatchConnector(ScriptedConnector):
    batch_limit = 10


class MappedConnector(ScriptedConnector):
    default_fields = FieldMap.of(
        [
            TargetField(name="LastName", max_length=10, required=True),
            TargetField(name="Email", type=ValueType.EMAIL),
            TargetField(name="Company", required=True),
            TargetField(name="CreatedDate", writable=False),
        ],
        [Rule("LastName", Origin.FIELD, "last_name"), Rule("Email", Origin.FIELD, "email")],
    )

    def preview(self, record: Record) -> Preview:
        assert self.fields is not None
        translated = self.fields.translate(record)
        body = json.dumps(translated.values, ensure_ascii=False)
        sent = Exchange(method="POST", url="https://crm.example.com/leads", request_body=body)
        return Preview(sent, translated.notes)
