"""Passes a request on to Azurite and brings its answer back, byte for byte."""

import contextlib
from http.client import HTTPConnection

from integrations.sandbox.messages import Answer, Headers, Request

PATIENCE = 30.0

_OF_A_CONNECTION = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"}  # RFC 9110, 7.6.1
_NOT_PASSED_ON = _OF_A_CONNECTION | {"expect", "content-length"}
_NOT_BROUGHT_BACK = _OF_A_CONNECTION | {"date", "transfer-encoding"}
# Azurite's word for what Azure calls otherwise, in answer to a key or signature that does not fit.
_EMULATED, _REAL = "AuthorizationFailure", "AuthenticationFailed"


def relay(request: Request, port: int) -> Answer:
    """Raises OSError or HTTPException: there is no answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers:
            if name.lower() not in _NOT_PASSED_ON:
                connection.putheader(name, value.encode("latin-1"))
        is_chunked = request.header("transfer-encoding") is not None
        if request.header("content-length") is not None:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body, encode_chunked=is_chunked)
        reply = connection.getresponse()
        body = reply.read()
        # The answer to a HEAD says how long the body would be; of any other the length is that of its body.
        dropped = _NOT_BROUGHT_BACK if request.method == "HEAD" else _NOT_BROUGHT_BACK | {"content-length"}
        headers = tuple((name, value) for name, value in reply.getheaders() if name.lower() not in dropped)
        return _as_azure_says(Answer(reply.status, headers, body))


def _as_azure_says(answer: Answer) -> Answer:
    if answer.status != 403:
        return answer
    headers: Headers = tuple((name, value.replace(_EMULATED, _REAL)) for name, value in answer.headers)
    return Answer(answer.status, headers, answer.body.replace(_EMULATED.encode(), _REAL.encode()))
