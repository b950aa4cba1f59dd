"""Limits: so many in so long, for whoever asks, also when many ask at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connections
from django.test import RequestFactory
from django.utils import timezone

from apps.core import throttles
from apps.core.errors import TooMany
from apps.core.middleware import TooManyMiddleware
from apps.core.throttles import Limit, address_of, give_back, take
from videoshare.environment import Address

THREE = Limit(3, 60)


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be a limit of three a minute."""
    monkeypatch.setitem(throttles.LIMITS, "three", THREE)


def times_taken(count: int, *who: object) -> int:
    """Return how many of `count` tries were let pass."""
    passed = 0
    for _ in range(count):
        try:
            take("three", *who)
        except TooMany:
            continue
        passed += 1
    return passed


@pytest.mark.django_db
def test_no_more_pass_than_the_limit_and_each_asker_has_their_own() -> None:
    assert times_taken(5, "ana") == 3
    assert times_taken(5, "ben") == 3


@pytest.mark.django_db
def test_who_is_refused_is_told_when_to_come_back_and_passes_then(cache_by_our_clock: None) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        take("three", "ana")
    with time_machine.travel(start + timedelta(seconds=20), tick=False):
        assert times_taken(2, "ana") == 2
        with pytest.raises(TooMany) as refused:
            take("three", "ana")
        assert refused.value.wait_s == 40
        assert str(refused.value.detail).endswith("Please try again in 40 seconds.")
    # The first one's minute is over, the two others' is not: one more passes, in no window of 60 s more than three.
    with time_machine.travel(start + timedelta(seconds=62), tick=False):
        assert times_taken(5, "ana") == 1


@pytest.mark.django_db
def test_what_is_given_back_has_not_counted() -> None:
    for _ in range(5):
        give_back(take("three", "ana"))
    assert times_taken(5, "ana") == 3


@pytest.mark.django_db
def test_it_tells_how_many_are_left() -> None:
    assert [take("three", "ana").left for _ in range(3)] == [2, 1, 0]


@pytest.fixture
def committed() -> Iterator[None]:
    """Clean up after a test whose entries no rollback takes away."""
    yield
    cache.clear()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_of_many_that_ask_at_the_same_moment_no_more_pass_than_the_limit(committed: None) -> None:
    def one_try(_number: int) -> bool:
        try:
            take("three", "ana")
        except TooMany:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(one_try, range(48))) == 3


@pytest.mark.parametrize(
    ("peer", "told", "is_https", "expected"),
    [
        ("203.0.113.9", "", False, "203.0.113.9"),
        ("127.0.0.1", "198.51.100.7", True, "198.51.100.7"),
        ("172.18.0.1", "6.6.6.6, 198.51.100.7", True, "198.51.100.7"),  # what the client sent stands before it
        ("8.8.8.8", "198.51.100.7", True, "8.8.8.8"),  # past the proxy: it may say what it likes
        ("192.168.1.5", "198.51.100.7", False, "192.168.1.5"),  # without TLS there is no proxy to believe
        ("127.0.0.1", "nonsense", True, "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", False, "2001:db8:1:2::/64"),
        ("::ffff:8.8.8.8", "", False, "8.8.8.8"),
        ("", "", False, ""),
    ],
)
def test_an_asker_s_address_is_the_one_that_cannot_be_made_up(
    peer: str, told: str, is_https: bool, expected: str, settings: Any
) -> None:
    settings.ADDRESS = Address(url="x", host="x", is_https=is_https, is_public=True)
    request = RequestFactory(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=told).get("/")
    assert address_of(request) == expected


def test_a_page_that_is_asked_for_too_often_says_so_as_a_page(rf: RequestFactory) -> None:
    request: Any = rf.get("/")
    request.user, request.csp_nonce = None, ""
    middleware = TooManyMiddleware(lambda _request: None)  # type: ignore[arg-type,return-value]  # never called
    answer = middleware.process_exception(request, TooMany(wait_s=900))
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert b"Please try again in 15 minutes." in answer.content
    assert middleware.process_exception(request, ValueError()) is None
