"""E-mail addresses as keys."""

import re

LONGEST_ADDRESS = 254
"""RFC 5321 leaves this much between the angle brackets."""

_ADDRESS = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")


def email_key(address: str) -> str:
    """What one person's touches have in common: the whole address without regard to case. "" if it is none."""
    key = address.casefold()
    return key if len(key) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(key) else ""


PRIVATE_PROVIDERS = frozenset(
    {
        "126.com",
        "163.com",
        "aol.com",
        "daum.net",
        "fastmail.com",
        "free.fr",
        "gmail.com",
        "gmx.at",
        "gmx.ch",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hanmail.net",
        "hey.com",
        "hotmail.co.uk",
        "hotmail.com",
        "hotmail.de",
        "hotmail.fr",
        "hotmail.it",
        "icloud.com",
        "kakao.com",
        "laposte.net",
        "libero.it",
        "live.com",
        "live.de",
        "live.fr",
        "mac.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "nate.com",
        "naver.com",
        "orange.fr",
        "outlook.com",
        "outlook.de",
        "outlook.fr",
        "outlook.kr",
        "posteo.de",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "rocketmail.com",
        "t-online.de",
        "tutanota.com",
        "web.de",
        "yahoo.co.jp",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.de",
        "yahoo.es",
        "yahoo.fr",
        "yahoo.it",
        "yandex.com",
        "yandex.ru",
        "ymail.com",
        "zoho.com",
    }
)
"""Where everybody can have an address: two people there have nothing in common."""
_WITHOUT_DOTS = frozenset({"gmail.com", "googlemail.com"})


def person_key(address: str) -> str:
    """What different spellings of one mailbox have in common: without regard to case, without what follows a plus sign
    (RFC 5233, "subaddressing"), and at Google without dots. "" if it is no address."""
    mailbox, _at, domain = email_key(address).rpartition("@")
    mailbox = mailbox.partition("+")[0]
    if domain in _WITHOUT_DOTS:
        mailbox, domain = mailbox.replace(".", ""), "gmail.com"
    return f"{mailbox}@{domain}" if mailbox else email_key(address)


def company_domain(address: str) -> str:
    """The mail domain where it says which company somebody is from, else ""."""
    domain = email_key(address).rpartition("@")[2]
    return "" if domain in PRIVATE_PROVIDERS else domain
