"""A request that creates and is repeated: answered from what was remembered of the first, also after an upgrade."""

import hashlib
import json
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.core.errors import ClientIdReused
from apps.core.idempotency import carry_out_once, fingerprint_of
from apps.core.models import CarriedOut


def ask(client_id, **request):
    def create() -> str:
        made.append("thing")
        return f"thing {len(made)}"

    made: list[str] = []
    answer, is_new = carry_out_once(
        scope="person:1", client_id=client_id, request=request, create=create, result_of=str, find=str
    )
    return answer, is_new, len(made)


@pytest.mark.django_db
def test_the_same_request_makes_one_thing_and_another_under_its_id_is_refused() -> None:
    client_id = uuid4()
    assert ask(client_id, name="a") == ("thing 1", True, 1)
    assert ask(client_id, name="a") == ("thing 1", False, 0)
    with pytest.raises(ClientIdReused):
        ask(client_id, name="b")


def test_a_password_cannot_be_guessed_from_what_is_remembered(settings) -> None:
    asked = {"password": "1234"}
    found = fingerprint_of(asked)
    assert found != hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    settings.SECRET_KEY = "another"
    assert fingerprint_of(asked) != found


@pytest.mark.django_db(transaction=True)
def test_what_an_earlier_release_has_carried_out_is_found_by_its_id_and_its_hash_is_gone() -> None:
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate([("core", "0003_waiting_jobs")])
    client_id = uuid4()
    try:
        before = executor.loader.project_state([("core", "0003_waiting_jobs")]).apps.get_model("core", "CarriedOut")
        before.objects.create(scope="person:1", client_id=client_id, fingerprint="ab" * 32, result="thing 7")
    finally:
        MigrationExecutor(connection).migrate(newest)
    assert CarriedOut.objects.get().fingerprint == ""
    assert ask(client_id, name="a") == ("thing 7", False, 0)
