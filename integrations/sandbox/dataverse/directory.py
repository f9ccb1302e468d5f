"""The directory's token endpoint, for client credentials (Microsoft's "OAuth 2.0 client credentials flow")."""

import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from integrations.sandbox.dataverse.assertion import check_assertion
from integrations.sandbox.dataverse.settings import NO_TROUBLE, UUID, Settings
from integrations.sandbox.dataverse.token_refusal import NEVER_STORED, TokenRefused, wrong_client
from integrations.sandbox.dataverse.tokens import IssuedTokens, Token
from integrations.sandbox.messages import Answer, Request

PATH = re.compile("/([^/]+)/oauth2/v2.0/token")
FORM = "application/x-www-form-urlencoded"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEFAULT = "/.default"

_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_TROUBLES: Mapping[str, tuple[int, str, int, str]] = {
    "50196": (
        400,
        "invalid_grant",
        50196,
        "The server terminated an operation because it encountered a client request loop. Please contact your app "
        "vendor.",
    ),
    "90033": (503, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again."),
    "90055": (429, "temporarily_unavailable", 90055, "There are too many incoming requests."),
    "429": (429, "temporarily_unavailable", 90100, "Too many requests. Please retry later."),
    "503": (503, "server_error", 90036, "An unexpected, non-retryable error has occurred."),
}
_PAUSE = "10"


class Directory:
    """Issues tokens for `environment`, an origin, and for the other ones of the settings."""

    def __init__(self, tokens: IssuedTokens, environment: str) -> None:
        self._tokens = tokens
        self._environment = environment

    def respond(self, request: Request, settings: Settings, now: float) -> Answer:
        """The answer of the token endpoint; `now` in Unix seconds.

        Raises:
            TokenRefused: there is no token for this request.
        """
        if request.method != "POST":
            text = f"Endpoint only accepts POST requests. Received a {request.method} request."
            raise TokenRefused(900561, "invalid_request", text, "wrong_method", 405, {"Allow": "POST"})
        tenant = _tenant_of(request)
        form = _form_of(request)
        _check_trouble(settings)
        _check_tenant(tenant, settings)
        _check_grant(form)
        _check_application(form, settings)
        self._check_credentials(form, tenant, settings)
        audience = self._audience(form, settings)
        if settings.conditional_access == "blocks":
            text = (
                "Access has been blocked by Conditional Access policies. The access policy does not allow token "
                "issuance."
            )
            raise TokenRefused(53003, "access_denied", text, "policy")
        return self._issue(Token(settings.client_id, audience, now + settings.token_lifetime), settings, now)

    def _issue(self, token: Token, settings: Settings, now: float) -> Answer:
        content = {
            "token_type": "Bearer",
            "expires_in": settings.token_lifetime,
            "ext_expires_in": settings.token_lifetime,
            "access_token": self._tokens.issue(token, now),
        }
        return Answer.json(200, content, NEVER_STORED)

    def _check_credentials(self, form: Mapping[str, str], tenant: str, settings: Settings) -> None:
        if assertion := form.get("client_assertion"):
            if form.get("client_assertion_type") != JWT_BEARER:
                raise _missing("client_assertion_type")
            endpoint = f"{self._environment}/{{}}/oauth2/v2.0/token"
            audiences = {endpoint.format(tenant), endpoint.format(settings.tenant_id)}
            check_assertion(assertion, settings.client_id, audiences, settings.certificate)
            return
        secret = form.get("client_secret")
        if not secret:
            text = (
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
            )
            raise wrong_client(7000216, text, "secret")
        _check_secret(secret, settings)

    def _audience(self, form: Mapping[str, str], settings: Settings) -> str:
        """The origin of the environment the scope asks for."""
        scope = form.get("scope", "").strip()
        if not scope:
            raise _missing("scope")
        if not scope.endswith(DEFAULT):
            text = (
                f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
                "with /.default suffixed to the resource identifier (application ID URI)."
            )
            raise TokenRefused(1002012, "invalid_scope", text, "scope")
        resource = scope.removesuffix(DEFAULT)
        if not _is_origin(resource):
            text = (
                "The provided request must include a 'scope' input parameter. The provided value for the input "
                f"parameter 'scope' is not valid. The scope {scope} is not valid."
            )
            raise TokenRefused(70011, "invalid_scope", text, "scope")
        if resource.lower() not in {self._environment, *(known.lower() for known in settings.resources)}:
            text = (
                f"The resource principal named {resource} was not found in the tenant named {settings.tenant_id}. This "
                "can happen if the application has not been installed by the administrator of the tenant or consented "
                "to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
            )
            raise TokenRefused(500011, "invalid_resource", text, "resource")
        return resource.lower()


def _tenant_of(request: Request) -> str:
    found = PATH.fullmatch(request.path)
    return found[1] if found else ""


def _form_of(request: Request) -> dict[str, str]:
    """The parameters of the body; none when it is not a form."""
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    return dict(parse_qsl(request.body.decode("utf-8", "replace"))) if kind == FORM else {}


def _check_trouble(settings: Settings) -> None:
    if settings.token_trouble == NO_TROUBLE:
        return
    status, error, code, text = _TROUBLES[settings.token_trouble]
    raise TokenRefused(code, error, text, "token_trouble", status, {"Retry-After": _PAUSE} if status == 429 else None)


def _check_tenant(tenant: str, settings: Settings) -> None:
    if not UUID.fullmatch(tenant) and not _DOMAIN.fullmatch(tenant):
        text = f"Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
        raise TokenRefused(900023, "invalid_request", text, "tenant")
    if tenant.lower() not in {settings.tenant_id, *(domain.lower() for domain in settings.tenant_domains)}:
        text = (
            f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
            "correct cloud. Check with your subscription administrator, this may happen if there are no active "
            "subscriptions for the tenant."
        )
        raise TokenRefused(90002, "invalid_request", text, "tenant")


def _check_grant(form: Mapping[str, str]) -> None:
    for name in ("grant_type", "client_id"):
        if not form.get(name):
            raise _missing(name)
    if form["grant_type"] != "client_credentials":
        text = f"The app requested an unsupported grant type '{form['grant_type']}'."
        raise TokenRefused(70003, "unsupported_grant_type", text, "grant")


def _check_application(form: Mapping[str, str], settings: Settings) -> None:
    client_id = form["client_id"]
    if client_id.lower() != settings.client_id:
        text = (
            f"Application with identifier '{client_id}' was not found in the directory '{settings.tenant_id}'. This "
            "can happen if the application has not been installed by the administrator of the tenant or consented to "
            "by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        )
        raise TokenRefused(700016, "unauthorized_client", text, "client")
    if settings.application == "disabled":
        text = f"Application '{client_id}' (Lead CRM) is disabled."
        raise TokenRefused(7000112, "unauthorized_client", text, "client")


def _check_secret(secret: str, settings: Settings) -> None:
    if not hmac.compare_digest(secret.encode(), settings.client_secret.encode()):
        text = (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{settings.client_id}'."
        )
        raise wrong_client(7000215, text, "secret")
    if settings.secret_expired:
        text = (
            f"The provided client secret keys for app '{settings.client_id}' are expired. Visit the Azure portal to "
            "create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials "
            "for added security: https://aka.ms/certCreds."
        )
        raise wrong_client(7000222, text, "secret")


def _missing(parameter: str) -> TokenRefused:
    text = f"The request body must contain the following parameter: '{parameter}'."
    return TokenRefused(900144, "invalid_request", text, "parameter")


def _is_origin(text: str) -> bool:
    """Scheme, host and port, without a slash at the end."""
    try:
        parts = urlsplit(text.lower())
        origin = f"{parts.scheme}://{parts.netloc}"
        return parts.scheme in {"http", "https"} and parts.netloc != "" and origin == text.lower()
    except ValueError:
        return False
