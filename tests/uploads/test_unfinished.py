"""The list of one's own files that are not whole yet: what the upload page offers to go on with."""

import os
from typing import Any

import pytest
from django.test import Client

from apps.core import jobs
from apps.core.models import Job, StoredObject
from apps.uploads.models import Upload

pytestmark = pytest.mark.django_db

PART = 8 * 1024 * 1024
FIRST = os.urandom(PART)


def unfinished(client: Client, query: str = "") -> dict[str, Any]:
    response = client.get(f"/api/v1/uploads/{query}")
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def ids(client: Client) -> list[str]:
    return [item["id"] for item in unfinished(client)["results"]]


def test_a_file_tells_its_name_its_size_and_what_is_safe_of_it(local_store, start) -> None:
    uploader = start(2 * PART + 7)
    uploader.send(1, FIRST)
    uploader.promise(3, b"the end")
    (item,) = unfinished(uploader.client)["results"]
    upload = Upload.objects.get()
    assert item | {"created_at": "", "alive_at": ""} == {
        "id": upload.public_id,
        "video": upload.source.video.public_id,
        "title": "",
        "file_name": "talk.mp4",
        "size_bytes": 2 * PART + 7,
        "part_size_bytes": PART,
        "confirmed_parts": 1,
        "confirmed_bytes": PART,
        "created_at": "",
        "alive_at": "",
    }


def test_a_file_of_which_nothing_has_arrived_is_listed_with_nothing(local_store, start) -> None:
    (item,) = unfinished(start(7).client)["results"]
    assert (item["confirmed_parts"], item["confirmed_bytes"]) == (0, 0)


def test_only_open_files_are_listed_newest_first(local_store, start, ana, client_for) -> None:
    older, newer, whole, dropped, trashed = (start(7) for _ in range(5))
    start()  # a recording goes on in its own tab
    whole.send(1, b"the end")
    whole.complete(7)
    dropped.delete()
    video = Upload.objects.get(public_id=trashed.upload["id"]).source.video
    trashed.client.delete(f"/api/v1/videos/{video.public_id}/")
    assert ids(client_for(ana)) == [newer.upload["id"], older.upload["id"]]


def test_nobody_else_s_uploads_ever_appear(local_store, start, ben, stranger, client_for) -> None:
    start(7)
    assert ids(client_for(ben)) == ids(client_for(stranger)) == []
    assert Client().get("/api/v1/uploads/").status_code == 401


def test_a_long_list_comes_in_pages(local_store, start, ana, client_for) -> None:
    made = [start(7).upload["id"] for _ in range(3)]
    client = client_for(ana)
    page = unfinished(client, "?page_size=2")
    assert [item["id"] for item in page["results"]] == [made[2], made[1]]
    rest = client.get(page["next"]).json()
    assert [item["id"] for item in rest["results"]] == [made[0]]
    assert rest["next"] is None


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    local_store, start, ana, client_for, django_assert_num_queries
) -> None:
    client = client_for(ana)
    for _ in range(4):
        start(7).send(1, b"the end")
    unfinished(client)
    with django_assert_num_queries(4):  # session, person, memberships, uploads
        assert len(unfinished(client)["results"]) == 4


@pytest.mark.parametrize("size_bytes", [None, 7])
def test_bytes_that_arrive_after_a_dropped_upload_was_cleared_are_refused(local_store, start, size_bytes) -> None:
    uploader = start(size_bytes)
    promised = uploader.promise(1, b"the end")
    assert uploader.delete().status_code == 204
    assert jobs.run(Job.objects.get(kind="clear_upload").pk)
    assert uploader.put(promised, b"the end") == 409
    assert list(local_store.list("videos/")) == []
    assert not StoredObject.objects.exists()
