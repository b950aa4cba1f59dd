"""The upload protocol holds whatever order, repeats, losses and restarts it meets; the model stands in protocol.py."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from apps.core.store import get_store
from tests.media.store.s3_server import new_bucket_url
from tests.store_calls import StoreCalls, watched
from tests.uploads.protocol import Ground, Protocol, use_small_parts

# The same examples each time: what fails here fails for everybody.
BOUNDED = settings(
    max_examples=40,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # making a failing example smaller takes minutes
)
# Other ones each time.
MANY = settings(BOUNDED, max_examples=1000, stateful_step_count=50, derandomize=False)

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(store: Any) -> Iterator[StoreCalls]:
    with watched(store) as counted:
        yield counted


@pytest.fixture
def protocol(
    request, settings: Any, store, calls: StoreCalls, start, ana, client_for, tmp_path, monkeypatch
) -> type[Protocol]:
    """Return the machine, over each store; every example has a store of its own."""
    use_small_parts(monkeypatch)
    numbers = count()

    def fresh_store() -> None:
        if settings.STORE_URL:
            settings.STORE_URL = new_bucket_url(request.getfixturevalue("moto_port"))
        settings.STORE_FOLDER = tmp_path / f"store-{next(numbers)}"
        get_store.cache_clear()

    class OverThisStore(Protocol):
        ground = Ground(start, lambda: client_for(ana), fresh_store, calls)

    return OverThisStore


def test_the_protocol_keeps_its_promises(protocol: type[Protocol]) -> None:
    run_state_machine_as_test(protocol, settings=BOUNDED)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_protocol_keeps_its_promises_many_times_over(protocol: type[Protocol]) -> None:
    run_state_machine_as_test(protocol, settings=MANY)
