"""Where the real system differs from itself, or its documents from each other: which way this one goes."""

from dataclasses import asdict, dataclass
from typing import Any

from integrations.sandbox.dataverse.errors import BAD_REQUEST, EXISTS, PAYLOAD
from integrations.sandbox.inputs import Fields

UNSPECIFIC = "0x0"


@dataclass(frozen=True)
class Variants:
    """Codes and shapes of answers, and what the environment's own customisation does.

    `create_only_needs` are privileges beside prvCreateLead that a PATCH with `If-None-Match: *` needs. `plug_in` is one
    that dislikes leads of the company REFUSE.
    """

    exists_code: str = EXISTS
    unauthorized_body: str = "empty"
    challenge: bool = True
    unknown_property_code: str = UNSPECIFIC
    unknown_key_code: str = BAD_REQUEST
    option_code: str = "0x8004431A"
    plug_in: str = "off"
    privilege_function: str = "answers"
    create_only_needs: tuple[str, ...] = ()

    def merged(self, fields: Fields) -> "Variants":
        """These variants with the given ones in their place.

        Raises:
            BadInput: a field is unknown or out of range.
        """
        merged = Variants(
            exists_code=fields.choice("exists_code", (EXISTS, ""), self.exists_code),
            unauthorized_body=fields.choice("unauthorized_body", ("empty", "html", "json"), self.unauthorized_body),
            challenge=fields.flag("challenge", self.challenge),
            unknown_property_code=fields.choice(
                "unknown_property_code", (UNSPECIFIC, PAYLOAD), self.unknown_property_code
            ),
            unknown_key_code=fields.choice("unknown_key_code", (BAD_REQUEST, UNSPECIFIC), self.unknown_key_code),
            option_code=fields.text("option_code", self.option_code),
            plug_in=fields.choice("plug_in", ("off", "refuses", "refuses_500", "crashes"), self.plug_in),
            privilege_function=fields.choice(
                "privilege_function", ("answers", "bad_request", "missing"), self.privilege_function
            ),
            create_only_needs=_texts(fields, "create_only_needs", self.create_only_needs),
        )
        fields.finish()
        return merged

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"create_only_needs": list(self.create_only_needs)}


def _texts(fields: Fields, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    return fields.texts(name) if name in fields else default
