"""An upload is its video's author's alone; for everybody else it does not exist."""

import pytest
from django.test import Client

from tests.uploads.driver import Uploader, plan

pytestmark = pytest.mark.django_db

BODY = {"parts": [plan(1, b"first")]}


def every_answer(client: Client, uploader: Uploader) -> list[int]:
    path = f"/api/v1/uploads/{uploader.upload['id']}/"
    return [
        client.get(path).status_code,
        client.post(f"{path}parts/", BODY, content_type="application/json").status_code,
        client.post(f"{path}complete/", {"parts": []}, content_type="application/json").status_code,
        client.post(f"{path}alive/").status_code,
        client.post(f"{path}reopen/").status_code,
        client.delete(path).status_code,
    ]


def test_a_stranger_and_a_colleague_see_404(local_store, start, client_for, ben, stranger) -> None:
    uploader = start()
    for person in (ben, stranger):
        assert every_answer(client_for(person), uploader) == [404] * 6
    assert uploader.get()["status"] == "open"


def test_nobody_is_asked_to_sign_in(local_store, start, client_for) -> None:
    assert every_answer(client_for(None), start()) == [401] * 6


def test_an_upload_that_does_not_exist_looks_the_same(local_store, start) -> None:
    uploader = start()
    uploader.upload["id"] = "A" * 22
    assert every_answer(uploader.client, uploader) == [404] * 6


def test_a_form_of_another_site_cannot_reach_an_upload(local_store, start, ana) -> None:
    uploader = start()
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = uploader.client.cookies
    assert every_answer(forged, uploader) == [200, 403, 403, 403, 403, 403]
