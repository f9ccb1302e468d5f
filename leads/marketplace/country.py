"""Countries as people write them -> ISO 3166 alpha-2, where certain."""

import gettext
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

import pycountry
from pycountry.db import Country

# Short forms that ISO 3166 does not list. "Korea" is South Korea: Microsoft's "Geographic availability and currency
# support for the commercial marketplace" sells to KR and not to KP. Names with "SAR" and "(South)" are from there too.
_EVERYDAY = {
    "Bosnia": "BA",
    "Britain": "GB",
    "Brunei": "BN",
    "Burma": "MM",
    "Cape Verde": "CV",
    "Congo (DRC)": "CD",
    "DRC": "CD",
    "DR Congo": "CD",
    "Democratic Republic of Congo": "CD",
    "East Timor": "TL",
    "England": "GB",
    "Great Britain": "GB",
    "Holland": "NL",
    "Hong Kong SAR": "HK",
    "Hong Kong SAR China": "HK",
    "Hongkong": "HK",
    "Ivory Coast": "CI",
    "Korea": "KR",
    "Korea (South)": "KR",
    "KSA": "SA",
    "Macao SAR": "MO",
    "Macau": "MO",
    "Macau SAR": "MO",
    "Macedonia": "MK",
    "Mainland China": "CN",
    "Northern Ireland": "GB",
    "Palestine": "PS",
    "Palestinian Authority": "PS",
    "PR China": "CN",
    "Russia": "RU",
    "Scotland": "GB",
    "Swaziland": "SZ",
    "Turkey": "TR",
    "UAE": "AE",
    "UK": "GB",
    "US": "US",
    "USA": "US",
    "Vatican": "VA",
    "Vatican City": "VA",
    "Vatican City (Holy See)": "VA",
    "Wales": "GB",
    "Россия": "RU",
    "한국": "KR",
}

# "Congo" is the ISO name of one country and the everyday name of two.
_SHARED_NAME = ("CG", "Congo")

# Languages whose translations are complete enough to trust; in all 160 together countries get mixed up.
_LANGUAGES = (  # noqa: SIM905 -- one per line would be longer than the rest of this file
    "ar bg ca cs da de el es et eu fi fr gl he hr hu id is it ja ko lt lv ms nb_NO nl nn pl pt pt_BR ro ru sk sl sr sv"
    " th tr uk vi zh_CN zh_HK zh_TW"
).split()


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """The alpha-2 code for a code or a name in one of many languages; "" unless it is certain."""
    name = _folded(text)
    return _codes().get(text.strip().upper()) or _english_names().get(name) or _translated_names().get(name) or ""


def _folded(name: str) -> str:
    """The letters that matter: without case, accents, punctuation and article."""
    letters = unicodedata.normalize("NFKD", name.replace("&", " and ").casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter) and letter not in ".'’")
    return re.sub(r"[\W_]+", " ", plain).strip().removeprefix("the ")


@cache
def country_names(language: str) -> dict[str, str]:
    """The everyday name of each country by its alpha-2 code, in a language such as ``ko`` or ``pt_BR``."""
    translate = _translation(language)
    return {
        country.alpha_2: translate(getattr(country, "common_name", country.name)) for country in pycountry.countries
    }


@cache
def _codes() -> dict[str, str]:
    return {code: country.alpha_2 for country in pycountry.countries for code in (country.alpha_2, country.alpha_3)}


@cache
def _english_names() -> dict[str, str]:
    names = {_folded(name): code for name, code in _EVERYDAY.items()}
    for country in pycountry.countries:
        for name in _listed_names(country):
            turned = " ".join(reversed(name.split(", ")))  # "Korea, Republic of"
            names |= {_folded(name): country.alpha_2, _folded(turned): country.alpha_2}
    return names


def _listed_names(country: Country) -> list[str]:
    names = (getattr(country, kind, "") for kind in ("name", "official_name", "common_name"))
    return [name for name in names if name and (country.alpha_2, name) != _SHARED_NAME]


@cache
def _translated_names() -> dict[str, str]:
    """Read only when an English name did not fit: it takes a tenth of a second. Names of two countries are left out."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for language in _LANGUAGES:
        translate = _translation(language)
        for country in pycountry.countries:
            for name in _listed_names(country):
                found[_folded(translate(name))].add(country.alpha_2)
    return {name: min(codes) for name, codes in found.items() if len(codes) == 1}


def _translation(language: str) -> Callable[[str], str]:
    path = Path(pycountry.LOCALES_DIR, language, "LC_MESSAGES", "iso3166-1.mo")
    if not path.exists():
        return str
    with path.open("rb") as catalogue:  # not gettext.translation(), which would keep every catalogue in memory
        return gettext.GNUTranslations(catalogue).gettext
