"""Where a posted request is kept while the database cannot take it: one encrypted file each.

The marketplace sends a lead once. So a file is on the disk, and its folder too, before anybody is answered; and its
name is the receipt, which is the row's key: storing it twice is storing it once.
"""

import json
import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from leads.encryption import SecretUnreadable, decrypt, encrypt
from leads.intake.receiving import PostedRequest, inbound_of
from leads.models import EndpointSecret, InboundRequest

logger = logging.getLogger(__name__)

KNOWN, UNCHECKED, UNREADABLE = ".lead", ".unchecked", ".unreadable"
MOST_FILES = {KNOWN: 100_000, UNCHECKED: 1_000}
"""Anybody can post to an address that may not exist, and while the database is away nobody can tell."""
MOST_BYTES = {KNOWN: 1024**3, UNCHECKED: 64 * 1024**2}


class SpoolFull(Exception):
    """There is no room for one more."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A posted request, the receipt that its sender gets, and the digest of the address's secret."""

    receipt: UUID
    digest: str
    posted: PostedRequest


def write(spooled: Spooled, *, is_known: bool) -> None:
    """Keep it on the disk. Raises ``OSError`` or ``SpoolFull`` when that cannot be done, and then leaves nothing."""
    folder, suffix = settings.LEADCRM_SPOOL_DIR, KNOWN if is_known else UNCHECKED
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _demand_room(folder, suffix)
    part = folder / f".{spooled.receipt}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(encrypt(_as_text(spooled)))
            file.flush()
            os.fsync(file.fileno())
        part.rename(folder / f"{spooled.receipt}{suffix}")
        _sync_folder(folder)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def waiting() -> list[Path]:
    """Oldest first: receipts sort by their time."""
    return sorted(path for suffix in (KNOWN, UNCHECKED) for path in _files(suffix))


def unreadable() -> list[Path]:
    """What no key opens any more, or what is damaged: kept for people to look at."""
    return sorted(_files(UNREADABLE))


def import_waiting() -> int:
    """Store what waits, oldest first, and delete each file once its row is committed; returns how many were stored.

    Raises the database's errors: what is left waits for the next time.
    """
    stored = 0
    for path in waiting():
        if (spooled := _read(path)) is None:
            continue
        stored += _store(spooled)
        path.unlink(missing_ok=True)
    return stored


def _read(path: Path) -> Spooled | None:
    """``None`` when another process took it meanwhile, or when it cannot be read; then it is put aside."""
    try:
        return _of_text(decrypt(path.read_text()))
    except FileNotFoundError:
        return None
    except (SecretUnreadable, ValueError, KeyError, TypeError) as error:
        logger.error("The spooled request %s cannot be read: %s", path.stem, type(error).__name__)
        path.rename(path.with_suffix(UNREADABLE))
        return None


def _store(spooled: Spooled) -> bool:
    """False when the address did not exist when it was posted: such requests are never kept."""
    was_valid = Q(revoked_at=None) | Q(revoked_at__gt=spooled.posted.received_at)
    secret = EndpointSecret.objects.filter(was_valid, digest=spooled.digest, endpoint__enabled=True).first()
    if secret is None:
        logger.warning("A spooled request was posted to an address that does not exist")
        return False
    inbound = inbound_of(secret, spooled.posted, spooled.receipt)
    # It may be there: a commit whose answer was lost, or an import that was ended before it deleted the file.
    InboundRequest.objects.bulk_create([inbound], ignore_conflicts=True)
    return True


def _demand_room(folder: Path, suffix: str) -> None:
    sizes = [path.stat().st_size for path in folder.glob(f"*{suffix}")]
    if len(sizes) >= MOST_FILES[suffix] or sum(sizes) >= MOST_BYTES[suffix]:
        raise SpoolFull


def _files(suffix: str) -> Iterator[Path]:
    return settings.LEADCRM_SPOOL_DIR.glob(f"*{suffix}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _as_text(spooled: Spooled) -> str:
    posted = spooled.posted
    return json.dumps(
        {
            "receipt": str(spooled.receipt),
            "digest": spooled.digest,
            "body": b64encode(posted.body).decode(),
            "size": posted.size,
            "is_complete": posted.is_complete,
            "received_at": posted.received_at.isoformat(),
            "source_address": posted.source_address,
            "content_type": posted.content_type,
            "user_agent": posted.user_agent,
        }
    )


def _of_text(text: str) -> Spooled:
    fields = json.loads(text)
    posted = PostedRequest(
        body=b64decode(fields["body"]),
        size=fields["size"],
        is_complete=fields["is_complete"],
        received_at=datetime.fromisoformat(fields["received_at"]),
        source_address=fields["source_address"],
        content_type=fields["content_type"],
        user_agent=fields["user_agent"],
    )
    return Spooled(UUID(fields["receipt"]), fields["digest"], posted)
