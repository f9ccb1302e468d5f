import pytest

from integrations.transport.redaction import Redactor

SECRET = 'p&ss w"rd/ü'


@pytest.mark.parametrize(
    "written",
    [
        'p&ss w"rd/ü', 'P&SS W"RD/Ü', "p%26ss%20w%22rd%2F%C3%BC", "p%26ss+w%22rd%2f%c3%bc", 'p&ss w\\"rd/\\u00fc',
        'p&ss w\\"rd/ü', "p&amp;ss w&quot;rd/ü",
    ],
)  # fmt: skip
def test_a_secret_is_taken_out_in_every_way_it_may_be_written(written: str) -> None:
    assert Redactor([SECRET]).text(f"before {written} after") == "before [redacted] after"


def test_a_secret_inside_another_does_not_leave_the_rest_behind() -> None:
    assert Redactor(["secret", "secret-and-more"]).text("secret-and-more, secret") == "[redacted], [redacted]"


def test_what_is_shorter_than_four_characters_is_not_taken_for_a_secret() -> None:
    assert Redactor(["", "a", "abc"]).text("abc and a") == "abc and a"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("grant_type=x&client_secret=abc%2F&scope=y", "grant_type=x&client_secret=[redacted]&scope=y"),
        ('{"access_token": "eyJ.a-b", "expires_in": 3599}', '{"access_token": "[redacted]", "expires_in": 3599}'),
        ("refresh_token: abc", "refresh_token: [redacted]"),
        ("client_assertion=abc", "client_assertion=[redacted]"),
        ("AccountName=a;AccountKey=abc==;Suffix=x", "AccountName=a;AccountKey=[redacted];Suffix=x"),
        ("SharedAccessSignature=sv&x", "SharedAccessSignature=[redacted]&x"),
        ("https://a.example/?sv=1&sig=ab%2B&se=2", "https://a.example/?sv=1&sig=[redacted]&se=2"),
        ("Authorization: Bearer abcdefghijklmnopqrst", "Authorization: Bearer [redacted]"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "Authorization: Basic [redacted]"),
        ("see https://user:pass@host.example/x", "see https://[redacted]@host.example/x"),
        ("design and signal, mail to a@b.example", "design and signal, mail to a@b.example"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, redacted: str) -> None:
    assert Redactor().text(text) == redacted


@pytest.mark.parametrize(
    ("url", "redacted"),
    [
        ("https://crm.example.com/leads", "https://crm.example.com/leads"),
        ("https://crm.example.com:8443/leads?code=abc#part", "https://crm.example.com:8443/leads?[redacted]"),
        ("https://user:pass@crm.example.com/", "https://crm.example.com/"),
        ("/there?token=abc", "/there?[redacted]"),
        ("//other.example/x", "//other.example/x"),
        ("https://[broken", "[redacted]"),
        ("https://hooks.example/T0/path-secret", "https://hooks.example/T0/[redacted]"),
    ],
)
def test_a_url_is_shown_without_user_query_and_fragment(url: str, redacted: str) -> None:
    assert Redactor(["path-secret"]).url(url) == redacted


def test_only_harmless_request_headers_show_their_values() -> None:
    shown = Redactor().request_headers(
        {"Authorization": "Bearer x", "X-Own": "1", "Content-Type": "application/json", "webhook-signature": "v1,x"}
    )
    assert shown == {
        "Authorization": "[redacted]",
        "X-Own": "[redacted]",
        "Content-Type": "application/json",
        "webhook-signature": "[redacted]",
    }


def test_response_headers_hide_cookies_tokens_and_secrets() -> None:
    shown = Redactor(["hidden-value"]).response_headers(
        {"Set-Cookie": "a=1", "X-Auth-Token": "abc", "X-Echo": "is hidden-value", "Location": "https://a.example/?b=c"}
    )
    assert shown == {
        "set-cookie": "[redacted]",
        "x-auth-token": "[redacted]",
        "x-echo": "is [redacted]",
        "location": "https://a.example/?[redacted]",
    }


def test_a_secret_at_the_cut_leaves_no_half_behind() -> None:
    cut = Redactor(["hidden-value"]).cut("12345hidden-value", 10)
    assert cut == "12345[red…"
    assert len(cut) == 10


def test_a_text_that_fits_is_not_cut() -> None:
    assert Redactor().cut("1234567890", 10) == "1234567890"


def test_a_large_text_is_redacted_at_its_start_and_no_torn_secret_shows() -> None:
    secret = "hidden-value" * 10
    assert Redactor([secret]).cut(secret * 100_000, 100) == "[redacted][redacted]…"
    assert Redactor([secret]).cut("plain words " * 100_000, 100) == ("plain words " * 9)[:99] + "…"


def test_of_secrets_that_came_to_be_later_the_latest_are_kept_beside_those_given() -> None:
    redactor = Redactor(["given-secret"])
    for number in range(100):
        redactor = redactor.with_secret(f"token-number-{number:03}")
    assert redactor.text("given-secret token-number-099 token-number-092") == "[redacted] [redacted] [redacted]"
    assert redactor.text("token-number-091") == "token-number-091"
    assert redactor.with_secret("token-number-099") is redactor
    assert redactor.with_secret("given-secret") is redactor
