"""What stands in a field that the other system demands when the lead has nothing for it."""

from collections.abc import Callable

from integrations.contract import Record

NOT_PROVIDED = "[not provided]"
# Addresses there say nothing about a company.
FREE_MAIL = frozenset(
    (
        "aol.com", "daum.net", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hanmail.net", "hotmail.com",
        "icloud.com", "kakao.com", "live.com", "mail.com", "mail.ru", "mac.com", "me.com", "msn.com", "nate.com",
        "naver.com", "outlook.com", "proton.me", "protonmail.com", "qq.com", "web.de", "yahoo.co.jp", "yahoo.com",
        "yandex.ru", "zoho.com", "163.com", "126.com",
    )
)  # fmt: skip


def _last_name(record: Record) -> str:
    return record.email.partition("@")[0].strip() or NOT_PROVIDED


def _company(record: Record) -> str:
    domain = record.email.rpartition("@")[2].strip().lower() if "@" in record.email else ""
    return domain if domain and domain not in FREE_MAIL else NOT_PROVIDED


def _subject(record: Record) -> str:
    return f"Marketplace lead {record.source}".strip()


_BY_FIELD: dict[str, Callable[[Record], str]] = {
    "last_name": _last_name,
    "company": _company,
    "offer_title": _subject,
}


def fallback_for(record: Record, neutral_field: str) -> str:
    """Never empty."""
    known = _BY_FIELD.get(neutral_field)
    return known(record) if known else NOT_PROVIDED
