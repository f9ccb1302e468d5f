"""The customer's note, with what has no field of its own below it, so that nothing is lost and the ID can be found."""

from collections.abc import Mapping

from integrations.contract import Record
from integrations.mapping.neutral import received_at
from integrations.mapping.targets import TargetField


def block_of(record: Record, left_out: Mapping[str, str]) -> str:
    """The lines below the note. ``left_out``: values that no field took, by label. English: it goes into records that
    people of several languages and programs read."""
    lines = {
        **left_out,
        "Offer": record.offer_title,
        "Lead source": record.lead_source,
        "Received": received_at(record),
        "Marketplace lead": str(record.key),
    }
    return "\n".join(["--", *(f"{label}: {value}" for label, value in lines.items() if value)])


def composed(record: Record, left_out: Mapping[str, str], target: TargetField) -> tuple[str, bool]:
    """Note and block as they fit the target, and whether anything was shortened. The block stays whole, unless the
    field is too short for it alone; its last line, by which the record can be found, stays even then."""
    note, block = record.description.strip(), block_of(record, left_out)
    whole = f"{note}\n\n{block}" if note else block
    if target.cut(whole) == whole:
        return whole, False
    if shortened := target.cut(note, room_for=f"\n\n{block}"):
        return target.cut(f"{shortened}\n\n{block}"), True
    values, _line_break, found_by = block.rpartition("\n")
    return target.cut(f"{target.cut(values, room_for=f'\n{found_by}')}\n{found_by}"), True
