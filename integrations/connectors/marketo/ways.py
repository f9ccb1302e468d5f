"""The three calls by which Marketo takes people in (Marketo's "Leads" reference): pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.connectors.marketo.config import Method
from integrations.connectors.marketo.people import LONGEST_STRING, Person
from integrations.contract import Record
from integrations.json_bodies import as_json

LARGEST_CALL = 300
SOURCE = "Marketplace"
EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Way:
    """``most`` people in one call; ``content`` makes its body from the settings and the people, who have one reason
    where the call ``tells_reason``."""

    path: str
    most: int
    content: Callable[[Mapping[str, Any], Sequence[Person]], dict[str, Any]]
    tells_reason: bool = False

    def reason_for(self, record: Record) -> str:
        """What was done, and with what offer; empty where it is not told."""
        if not self.tells_reason:
            return ""
        offer = ".".join(filter(None, (record.publisher_id, record.offer_id)))
        return f"{record.action} {offer}".strip()[:LONGEST_STRING]


def _sync(config: Mapping[str, Any], people: Sequence[Person]) -> dict[str, Any]:
    action = "createOnly" if config["spares_existing"] else "createOrUpdate"
    return {"action": action} | _found_by(config) | _input(people)


def _push(config: Mapping[str, Any], people: Sequence[Person]) -> dict[str, Any]:
    status = {"programStatus": config["program_status"]} if config["program_status"] else {}
    reason = {"reason": people[0].reason} if people[0].reason else {}
    program = {"programName": config["program_name"], **status, "source": SOURCE, **reason}
    return program | _found_by(config) | _input(people)


def _submit(config: Mapping[str, Any], people: Sequence[Person]) -> dict[str, Any]:
    visitor = {"visitorData": {"pageURL": config["page_url"]}} if config["page_url"] else {}
    submitted = [{"leadFormFields": person.values, **visitor} for person in people]
    return {"formId": int(config["form_id"]), "input": submitted}


def _input(people: Sequence[Person]) -> dict[str, Any]:
    return {"input": [person.values for person in people]}


def _found_by(config: Mapping[str, Any]) -> dict[str, Any]:
    partition = {"partitionName": config["partition"]} if config["partition"] else {}
    return {"lookupField": config["lookup_field"], **partition}


def body_for(way: Way, config: Mapping[str, Any], people: Sequence[Person]) -> bytes:
    return as_json(way.content(config, people))


WAYS = {
    Method.SYNC: Way("/rest/v1/leads.json", LARGEST_CALL, _sync),
    Method.PUSH: Way("/rest/v1/leads/push.json", LARGEST_CALL, _push, tells_reason=True),
    Method.FORM: Way("/rest/v1/leads/submitForm.json", 1, _submit),
}


def lookup_field(config: Mapping[str, Any]) -> str:
    return EMAIL if config["method"] == Method.FORM else str(config["lookup_field"])


def names_from(config: Mapping[str, Any]) -> dict[str, str]:
    """What failures may speak of."""
    asset = {Method.PUSH: config["program_name"], Method.FORM: config["form_id"]}.get(Method(config["method"]), "")
    return {"lookup": lookup_field(config), "partition": config["partition"], "asset": asset}
