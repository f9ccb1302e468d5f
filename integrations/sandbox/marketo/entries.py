"""What the settings are made of: permissions, variants, forms, planned errors."""

from dataclasses import dataclass, replace
from typing import Any

WRITE_PEOPLE, READ_PEOPLE, READ_ASSETS = "read_write_person", "read_only_person", "read_only_assets"
PERMISSIONS = (WRITE_PEOPLE, READ_PEOPLE, READ_ASSETS)
MERGE = "merge"  # an e-mail that is twice in one call
RECORDS, REQUEST = "records", "request"  # where a wrong parameter is reported
HTML, BAD_REQUEST = "html", "400"  # how an unknown form is answered
OFF, DROP = "off", "drop"  # what becomes of form posts without a checksum
FORM_FIELDS = ("Email", "FirstName", "LastName", "Phone", "Country", "Company", "Title", "LeadSource")


@dataclass(frozen=True)
class Form:
    """A form with the SOAP names of its fields; `Email` is required in each."""

    name: str
    fields: tuple[str, ...]
    follow_up: str = "https://publisher.example/thank-you.html"

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "fields": list(self.fields), "followUpUrl": self.follow_up}


@dataclass(frozen=True)
class Planned:
    """Request errors for the next calls: `times` of them (None: until replaced) whose path holds `path`.

    With `kept` the call is carried out before it is answered so.
    """

    codes: tuple[str, ...]
    times: int | None = 1
    kept: bool = False
    path: str = ""

    def left(self) -> tuple["Planned", ...]:
        """What of it is still to come once one more call got it."""
        if self.times is None:
            return (self,)
        return (replace(self, times=self.times - 1),) if self.times > 1 else ()

    def as_json(self) -> dict[str, Any]:
        return {"codes": list(self.codes), "times": self.times, "kept": self.kept, "path": self.path}
