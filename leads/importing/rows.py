"""One row of a file -> what the marketplace would have posted, or what is wrong with the row. Pure."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from leads.importing.columns import WHO, Column, folded
from leads.marketplace.address import email_key
from leads.marketplace.cleaning import clean_line
from leads.states import CloseReason, Stage

LONGEST_ROW = 200_000
LONGEST_REFERRAL_ID = 200
PREFIX = "Import."
"""Before the header of a column that is kept beside the lead."""

_ACTIONS = {"contactme": "PLT", "getitnow": "INS", "testdrive": "StartTestDrive"}
"""Partner Center's calls to action as the codes that the webhook gets."""

_OVER = ("closed", "won", "lost", "declined", "expired")
"""Partner Center's words for a sale that is over."""

_IN_PERSON = {
    Column.FIRST_NAME: "FirstName",
    Column.LAST_NAME: "LastName",
    Column.EMAIL: "Email",
    Column.PHONE: "Phone",
    Column.COUNTRY: "Country",
    Column.COMPANY: "Company",
    Column.TITLE: "Title",
}


class Problem(NamedTuple):
    """``column`` is a header, empty for the row as a whole. ``code`` as in ``wording``."""

    column: str
    code: str
    params: Mapping[str, str | int] = {}


class Moment(NamedTuple):
    """``is_day``: no time of day was given."""

    at: datetime
    is_day: bool


class Closing(NamedTuple):
    stage: Stage
    reason: CloseReason | None


@dataclass(frozen=True)
class Row:
    """``texts`` by column, ``others`` by header: what is kept beside the lead."""

    line: int
    texts: Mapping[Column, str]
    others: Mapping[str, str]
    created: Moment | None = None
    problems: Sequence[Problem] = field(default_factory=tuple)

    @property
    def key(self) -> str:
        """The same referral, or where there is none the same content, comes once."""
        referral = self.texts.get(Column.REFERRAL_ID, "")
        content = {str(column): text for column, text in self.texts.items()}
        content |= {PREFIX + folded(name): text for name, text in self.others.items()}
        what = f"referral {referral.casefold()}" if referral else json.dumps(sorted(content.items()))
        return hashlib.sha256(what.encode()).hexdigest()

    @property
    def closing(self) -> Closing | None:
        """Where the file says that the sale is over: in the words of Microsoft's referrals API."""
        status, reason = (folded(self.texts.get(name, "")) for name in (Column.STATUS, Column.STATUS_REASON))
        if status not in _OVER:
            return None
        if "won" in (status, reason):
            return Closing(Stage.WON, None)
        return Closing(Stage.LOST if "lost" in (status, reason) else Stage.DISCARDED, CloseReason.OTHER)


def read_row(
    line: int, cells: Sequence[str], headers: Sequence[str], columns: Sequence[str], *, day_first: bool, now: datetime
) -> Row:
    """With its problems, if it has any."""
    texts: dict[Column, str] = {}
    others: dict[str, str] = {}
    for header, column, cell in zip(headers, map(Column, columns), cells, strict=False):
        text = cell.strip()
        if column is Column.KEEP and text:
            others.setdefault(header, text)
        elif column is not Column.OMIT and text:
            texts.setdefault(column, text)
    by_column = dict(zip(columns, headers, strict=False))
    try:
        created = read_moment(texts[Column.CREATED], day_first=day_first) if Column.CREATED in texts else None
        problems = list(_problems(texts, by_column, created, now))
    except ValueError:
        created, problems = None, [*_problems(texts, by_column, None, now), Problem(by_column["created"], "no_date")]
    if any(map(str.strip, cells[len(headers) :])):
        problems.append(Problem("", "too_many_cells", {"count": len(cells), "limit": len(headers)}))
    if sum(map(len, cells)) > LONGEST_ROW:
        problems.append(Problem("", "row_too_long", {"limit": LONGEST_ROW}))
    return Row(line, texts, others, created, problems)


def _problems(
    texts: Mapping[Column, str], headers: Mapping[str, str], created: Moment | None, now: datetime
) -> Iterator[Problem]:
    if not any(name in texts for name in WHO):
        yield Problem("", "nobody")
    if (email := texts.get(Column.EMAIL)) and not email_key(clean_line(email)):
        yield Problem(headers[Column.EMAIL], "no_address")
    if created and created.at > now + timedelta(days=1):
        yield Problem(headers[Column.CREATED], "in_future")
    if len(texts.get(Column.REFERRAL_ID, "")) > LONGEST_REFERRAL_ID:
        yield Problem(headers[Column.REFERRAL_ID], "id_too_long", {"limit": LONGEST_REFERRAL_ID})


def as_posted(row: Row, publishers: Mapping[str, str]) -> bytes:
    """The body that the webhook would have got, in the documented form. ``publishers`` gives the publisher of an offer
    ID that stands alone, in lower case."""
    texts = row.texts
    person = {name: texts[column] for column, name in _IN_PERSON.items() if column in texts}
    if Column.FULL_NAME in texts:
        person.setdefault("LastName", texts[Column.FULL_NAME])
    action = texts.get(Column.ACTION, "")
    posted = {
        "UserDetails": person,
        "LeadSource": _lead_source(texts.get(Column.SOURCE, ""), texts.get(Column.OFFER_ID, ""), publishers),
        "ActionCode": _ACTIONS.get(folded(action), action),
        "OfferTitle": texts.get(Column.OFFER_TITLE, ""),
        "Description": texts.get(Column.NOTE, ""),
    }
    beside = {"Referral ID": texts.get(Column.REFERRAL_ID), "Status": texts.get(Column.STATUS)}
    beside |= {"Status Reason": texts.get(Column.STATUS_REASON), "Creation Date": texts.get(Column.CREATED)}
    kept = {PREFIX + name: text for name, text in (beside | dict(row.others)).items() if text}
    return json.dumps({name: value for name, value in posted.items() if value} | kept, ensure_ascii=False).encode()


def _lead_source(source: str, offer_id: str, publishers: Mapping[str, str]) -> str:
    publisher = publishers.get(offer_id.casefold(), "") if "." not in offer_id else ""
    offer = f"{publisher}.{offer_id}" if publisher else offer_id
    return f"{source}|{offer}" if offer else source


_DAY = re.compile(
    r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AP]M)?)?", re.I
)


def read_moment(text: str, *, day_first: bool) -> Moment:
    """ISO 8601, or day, month and year as spreadsheet programs write them; with points the day comes first. A time
    without a zone is in UTC. Raises ``ValueError``."""
    if not (parts := _DAY.fullmatch(text)):
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        try:
            return Moment(aware.astimezone(UTC), is_day=len(text) <= len("2026-11-23"))
        except OverflowError as error:
            raise ValueError from error
    first, second = int(parts[1]), int(parts[3])
    day, month = (first, second) if day_first or parts[2] == "." else (second, first)
    hour, minute, seconds = (int(part or 0) for part in parts.group(5, 6, 7))
    if half := (parts[8] or "").upper():
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half == "PM" else 0)
    return Moment(datetime(int(parts[4]), month, day, hour, minute, seconds, tzinfo=UTC), is_day=parts[5] is None)
