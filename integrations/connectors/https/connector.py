"""Sends each record as one signed JSON request, and reads the answer's status."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from integrations import check_steps
from integrations.connectors.https.answers import judge
from integrations.connectors.https.body import camel_case, documented, event
from integrations.connectors.https.config import BodyShape, HttpsConfig, SignIn, header_names
from integrations.contract import CheckReport, CheckStep, Connector, Delivered, Outcome, Preview, Record
from integrations.json_bodies import as_json
from integrations.mapping import FieldMap
from integrations.signature import key_of, sign
from integrations.transport import CallFailed, Limits, Transport, certificate_end

_SHAPES = {BodyShape.DOCUMENTED: documented, BodyShape.CAMEL_CASE: camel_case, BodyShape.EVENT: event}
_CERTIFICATE_WARNING = timedelta(days=14)
_LONGEST_ID = 200


class HttpsConnector(Connector):
    label = _("HTTPS endpoint")
    Config = HttpsConfig
    limits: ClassVar[Limits] = Limits(read=20, total=20, answer_bytes=64 * 1024, kept_characters=1000)

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None = None) -> None:
        super().__init__(config, fields)
        self._url: str = config["url"]
        self._shape = _SHAPES[BodyShape(config["body_shape"])]
        self._headers = {"Content-Type": "application/json"} | _sign_in_headers(config)
        self._keys = [key_of(config[name]) for name in _signing_secrets(config)]
        self._transport = Transport(secrets=_secrets(config), limits=self.limits, keep_alive=self.recognises_repeats)

    @property
    def recognises_repeats(self) -> bool:
        return bool(self.config["recognises_repeats"])

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        return [self._deliver(record) for record in records]

    def preview(self, record: Record) -> Preview:
        headers, body = self._request(record)
        return Preview(self._transport.preview(self.config["method"], self._url, headers=headers, body=body))

    def _deliver(self, record: Record) -> Outcome:
        headers, body = self._request(record)
        try:
            answer = self._transport.send(self.config["method"], self._url, headers=headers, body=body)
        except CallFailed as failed:
            return Outcome(record.key, failed.failure, failed.exchange)
        result, notes = judge(answer, self.config)
        if isinstance(result, Delivered):
            result = replace(result, external_id=self._transport.kept(result.external_id, _LONGEST_ID))
        return Outcome(record.key, result, answer.exchange, notes)

    def _request(self, record: Record) -> tuple[dict[str, str], bytes]:
        # Serialised once: the receiver checks the signature over exactly these bytes.
        body = as_json(self._shape(record))
        return self._headers | self._webhook_headers(str(record.key), body), body

    def _webhook_headers(self, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = int(time())
        headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp)}
        return headers | {"webhook-signature": sign(self._keys, message_id, timestamp, body)} if self._keys else headers

    def check(self) -> CheckReport:
        """No request is sent: a webhook that answers a GET says nothing about leads. TLS proves whom we reach."""
        try:
            ends_at = certificate_end(self._url, self._transport.policy, self.limits)
        except CallFailed as failed:
            return CheckReport([check_steps.failed(_("Connection"), failed.failure)])
        return CheckReport([check_steps.passed(_("Connection")), _certificate(ends_at), _ACCEPTANCE])

    def close(self) -> None:
        self._transport.close()


_ACCEPTANCE = check_steps.unproven(
    _("Acceptance of leads"), _("Only a test lead shows whether the receiver takes leads.")
)


def _certificate(ends_at: datetime | None) -> CheckStep:
    if ends_at is None:
        return check_steps.warning(_("Certificate"), _("Plain HTTP: leads travel in clear text."))
    left = ends_at - datetime.now(UTC)
    step = check_steps.passed if left >= _CERTIFICATE_WARNING else check_steps.warning
    return step(
        _("Certificate"), ngettext_lazy("%(days)d day left.", "%(days)d days left.", "days") % {"days": left.days}
    )


def _sign_in_headers(config: Mapping[str, Any]) -> dict[str, str]:
    match config["sign_in"]:
        case SignIn.BEARER:
            return {"Authorization": f"Bearer {config['bearer_token']}"}
        case SignIn.BASIC:
            return {"Authorization": f"Basic {_basic_credentials(config)}"}
        case SignIn.HEADERS:
            return {name: config[f"header_{number}_value"] for number, name in header_names(config).items()}
    return {}


def _basic_credentials(config: Mapping[str, Any]) -> str:
    return base64.b64encode(f"{config['user_name']}:{config['password']}".encode()).decode()


def _signing_secrets(config: Mapping[str, Any]) -> list[str]:
    names = ("signing_secret", "previous_signing_secret")
    return [name for name in names if config[name]] if config["signed"] else []


def _secrets(config: Mapping[str, Any]) -> list[str]:
    """What must not come back in an answer: the secrets, what is made of them, and what the URL's query carries."""
    query = urlsplit(config["url"]).query
    in_query = [query, *(value for _name, value in parse_qsl(query))]
    in_header = [_basic_credentials(config)] if config["sign_in"] == SignIn.BASIC else []
    keys = [config[name].partition("_")[2] for name in _signing_secrets(config)]  # receivers may drop "whsec_"
    return HttpsConfig.secrets_in(config) + keys + in_header + in_query
