import pytest

from leads.marketplace.country import country_code, country_names


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KR", "KR"),
        (" us ", "US"),
        ("USA", "US"),
        ("gbr", "GB"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("Germany", "DE"),
        ("GERMANY", "DE"),
        ("United States of America", "US"),
        ("the Netherlands", "NL"),
        ("Holland", "NL"),
        ("Turkey", "TR"),
        ("Turkiye", "TR"),
        ("Czech Republic", "CZ"),
        ("Cote d’Ivoire", "CI"),
        ("Bosnia & Herzegovina", "BA"),
        ("Viet Nam", "VN"),
        ("Vietnam", "VN"),
        ("Iran", "IR"),
        ("Russia", "RU"),
        ("Korea", "KR"),
        ("South Korea", "KR"),
        ("Republic of Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("North Korea", "KP"),
        ("대한민국", "KR"),
        ("한국", "KR"),
        ("日本", "JP"),
        ("中国", "CN"),
        ("Deutschland", "DE"),
        ("ESPAÑA", "ES"),
        ("Espana", "ES"),
        ("Österreich", "AT"),
        ("Congo, The Democratic Republic of the", "CD"),
        ("Congo (DRC)", "CD"),
        ("Republic of the Congo", "CG"),
        ("CG", "CG"),
    ],
)
def test_codes_and_names_of_countries_are_recognised(text: str, code: str) -> None:
    assert country_code(text) == code


# Spellings of Microsoft's "Geographic availability and currency support for the commercial marketplace".
MARKETPLACE = """
BA Bosnia and Herzegovina/BN Brunei/CV Cabo Verde/CI Côte d'Ivoire/CW Curaçao/CZ Czechia/HK Hong Kong SAR/
KR Korea (South)/KG Kyrgyzstan/MO Macao SAR/MD Moldova/MK North Macedonia/PS Palestinian Authority/RU Russia/
KN Saint Kitts and Nevis/TW Taiwan/TZ Tanzania/TT Trinidad and Tobago/TR Turkey/AE United Arab Emirates/
GB United Kingdom/US United States/VI U.S. Virgin Islands/VA Vatican City (Holy See)/VE Venezuela/VN Vietnam
"""


@pytest.mark.parametrize("line", MARKETPLACE.replace("\n", "").split("/"))
def test_the_marketplace_s_own_names_are_recognised(line: str) -> None:
    code, name = line.split(" ", 1)
    assert country_code(name) == code


@pytest.mark.parametrize(
    "text", ["", "  ", "Congo", "Kongo", "California", "Europe", "n.a.", "N/A", "XX", "410", "\x00"]
)
def test_what_is_not_certain_is_left_open(text: str) -> None:
    assert country_code(text) == ""


def test_countries_have_their_everyday_names_in_the_language() -> None:
    assert (country_names("en")["KR"], country_names("ko")["KR"]) == ("South Korea", "대한민국")
    assert country_names("ko").keys() == country_names("en").keys()
