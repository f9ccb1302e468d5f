"""Phone numbers as people write them -> E.164, where certain."""

import phonenumbers


def phone_e164(text: str, country_code: str = "") -> str:
    """The number as ``+<digits>``, "" unless it is valid. ``country_code`` (ISO 3166 alpha-2) is where it is dialled.

    The marketplace sends numbers without a plus sign, so one without a country says nothing for certain.
    """
    try:
        number = phonenumbers.parse(text, country_code or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
