"""The ``Description`` field: the customer's own words, or the campaigns that led there."""

import re

_CAMPAIGNS = re.compile(r"Campaigns:([^\n]*)\n?(.*)", re.IGNORECASE | re.DOTALL)


def read_description(description: str) -> tuple[str, tuple[str, ...]]:
    """The customer's note and the campaign ids.

    ``Campaigns: `` with nothing behind it is what publishers mostly see. How several ids are separated is not
    documented; commas and semicolons are taken. Further lines are the customer's.
    """
    campaigns = _CAMPAIGNS.fullmatch(description)
    if campaigns is None:
        return description, ()
    ids = (campaign.strip() for campaign in re.split("[,;]", campaigns[1]))
    return campaigns[2].strip(), tuple(campaign for campaign in ids if campaign)
