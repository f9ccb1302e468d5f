"""What a sender enters to meet a receiver's demands."""

from collections.abc import Iterator
from http import HTTPStatus

from integrations.sandbox.entering import Destination, Entry, chosen, ticked, typed
from integrations.sandbox.receiver.settings import CONFLICT, Settings


def destination_for(url: str, settings: Settings) -> Destination:
    entries = (
        typed("receiver_url", url),
        chosen("receiver_method", "receiver_method.post"),
        *_sign_in(settings),
        *_signing(settings),
        ticked("receiver_recognises_repeats"),
        *([typed("receiver_already_there", "409")] if settings.on_repeat == CONFLICT else []),
        *([] if settings.success_status == HTTPStatus.NO_CONTENT else [ticked("receiver_answer_holds_id")]),
    )
    return Destination("https", entries)


def _sign_in(settings: Settings) -> Iterator[Entry]:
    """One of the ways: a form of Lead CRM takes no more."""
    if settings.bearer is not None:
        yield chosen("receiver_sign_in", "receiver_bearer")
        yield typed("receiver_bearer", settings.bearer)
    elif settings.basic is not None:
        yield chosen("receiver_sign_in", "receiver_sign_in.basic")
        yield typed("receiver_user_name", settings.basic[0])
        yield typed("receiver_password", settings.basic[1])
    elif settings.headers:
        yield chosen("receiver_sign_in", "receiver_sign_in.headers")
        for number, (name, value) in enumerate(settings.headers, 1):
            yield typed("receiver_header_name", name, number=number)
            yield typed("receiver_header_value", value, number=number)
    else:
        yield chosen("receiver_sign_in", "receiver_sign_in.none")


def _signing(settings: Settings) -> Iterator[Entry]:
    if settings.secrets:
        yield ticked("receiver_signed")
        yield typed("receiver_secret", settings.secrets[0])
