"""Access tokens: asked for once, renewed in time, never thrown away by mistake."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest

from integrations import tokens
from integrations.contract import Failure, FailureKind
from integrations.tokens import Token, TokenSource


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """Hands out numbered tokens."""

    def __init__(self, lifetime: timedelta | None = timedelta(hours=1)) -> None:
        self.lifetime = lifetime
        self.asked = 0
        self.numbers = count(1)

    def __call__(self) -> Token:
        self.asked += 1
        return Token(f"token-{next(self.numbers)}", self.lifetime)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(tokens, "monotonic", clock)
    tokens.forget_all()
    yield clock
    tokens.forget_all()


def source(desk: Desk, secret: str = "s3cret", **more: timedelta) -> TokenSource:
    return TokenSource(key=("kind", "https://token.example", "client"), secret=secret, ask=desk, **more)


def test_a_token_is_kept_by_all_sources_with_the_same_credentials() -> None:
    desk = Desk()
    assert [source(desk).get().value, source(desk).get().value] == ["token-1", "token-1"]
    assert desk.asked == 1


def test_a_corrected_secret_takes_effect_at_once() -> None:
    desk = Desk()
    assert source(desk, "wrong").get().value == "token-1"
    assert source(desk, "right").get().value == "token-2"


@pytest.mark.parametrize(
    ("lifetime", "still_used", "renewed"), [(3600, 3299, 3301), (60, 29, 31), (2, 0, 1.5)]
)  # fmt: skip
def test_a_token_is_renewed_before_it_ends(clock: Clock, lifetime: int, still_used: float, renewed: float) -> None:
    desk = Desk(timedelta(seconds=lifetime))
    wanted = source(desk)
    wanted.get()
    clock.now = 1000 + still_used
    assert wanted.get().value == "token-1"
    clock.now = 1000 + renewed
    assert wanted.get().value == "token-2"


def test_a_token_without_a_known_end_is_used_until_it_is_refused(clock: Clock) -> None:
    desk = Desk(lifetime=None)
    wanted = source(desk)
    first = wanted.get()
    clock.now += 10**6
    assert wanted.get() is first
    wanted.refused(first)
    assert wanted.get().value == "token-2"


def test_a_fresh_token_of_another_thread_is_not_thrown_away() -> None:
    desk = Desk()
    wanted = source(desk)
    old = wanted.get()
    wanted.refused(old)
    fresh = wanted.get()
    wanted.refused(old)
    assert wanted.get() is fresh
    assert desk.asked == 2


def test_fifty_threads_with_nothing_kept_ask_once() -> None:
    desk = Desk()
    together = threading.Barrier(50)

    def get() -> str:
        together.wait()
        return source(desk).get().value

    with ThreadPoolExecutor(50) as pool:
        assert {future.result() for future in [pool.submit(get) for _n in range(50)]} == {"token-1"}
    assert desk.asked == 1


def test_a_desk_that_fails_leaves_the_next_one_free_to_ask() -> None:
    desk = Desk()

    def fail() -> Token:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        TokenSource(key=("kind", "https://token.example", "client"), secret="s3cret", ask=fail).get()
    assert source(desk).get().value == "token-1"


def test_who_waits_too_long_asks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "LONGEST_WAIT_SECONDS", 0.05)
    asking, may_end = threading.Event(), threading.Event()

    def hang() -> Token:
        asking.set()
        may_end.wait(10)
        return Token("late", timedelta(hours=1))

    slow = TokenSource(key=("kind", "https://token.example", "client"), secret="s3cret", ask=hang)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(slow.get)
        asking.wait(10)
        desk = Desk()
        assert source(desk).get().value == "token-1"
        may_end.set()
        assert first.result().value == "late"


def test_no_secret_stands_in_the_key() -> None:
    source(Desk(), "s3cret").get()
    assert "s3cret" not in repr(tokens._slots.keys())


class CountedLock:
    """Says how many have come to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.came = threading.Semaphore(0)

    def acquire(self, timeout: float) -> bool:
        self.came.release()
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()


def test_who_waited_shares_the_error_and_asks_nobody_again() -> None:
    lock, asked = CountedLock(), []

    def ask() -> Token:
        asked.append(threading.get_ident())
        assert all(lock.came.acquire(timeout=5) for _one in range(4))  # all four have found nothing kept
        raise OSError("no")

    one = TokenSource(key=("k",), secret="s", ask=ask)
    one._slot.asking = lock  # type: ignore[assignment]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _one: _error_of(one), range(4)))
    assert said == ["no"] * 4
    assert len(asked) == 1


def _error_of(one: TokenSource) -> str:
    with pytest.raises(OSError, match="no") as raised:
        one.get()
    return str(raised.value)


def test_a_check_asks_anew_and_what_it_gets_is_kept() -> None:
    desk = Desk()
    one = source(desk)
    assert one.get().value == "token-1"
    assert one.renewed().value == "token-2"
    assert source(desk).get().value == "token-2"


@pytest.mark.parametrize(
    ("kind", "becomes", "cause"),
    [
        (FailureKind.REJECTED, FailureKind.MISCONFIGURED, "refused"),
        (FailureKind.UNANSWERED, FailureKind.TEMPORARY, "unanswered"),
        (FailureKind.THROTTLED, FailureKind.THROTTLED, "first"),
        (FailureKind.TEMPORARY, FailureKind.TEMPORARY, "first"),
    ],
)
def test_a_sign_in_that_fails_says_nothing_of_a_record(kind: FailureKind, becomes: FailureKind, cause: str) -> None:
    failure = tokens.of_sign_in(Failure(kind=kind, cause="first", code="7"), refused="refused", unanswered="unanswered")
    assert failure == Failure(kind=becomes, cause=cause, code="7")
