"""My settings: profile, picture, API tokens, and the time zone that the browser tells."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from apps.accounts import pictures, services
from apps.accounts.models import ApiToken, Person
from apps.core.models import StoredObject
from apps.core.parsers import LARGEST_FORM_BYTES
from apps.core.store import get_store
from media.store.errors import ObjectMissing, StoreUnavailable

pytestmark = pytest.mark.django_db

PROFILE = {"name": "Ana Ferreira", "time_zone": "Europe/Lisbon", "wants_digest": "on"}


def png(colour: str = "red") -> SimpleUploadedFile:
    output = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(output, "PNG")
    return SimpleUploadedFile("me.png", output.getvalue(), content_type="image/png")


def give_picture(client: Client, file: SimpleUploadedFile | None = None):
    return client.post("/settings/picture/", {"picture": file or png()})


def fail_with(error: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_profile_is_changed_by_its_person(ana, client_for) -> None:
    assert client_for(ana).post("/settings/", PROFILE)["Location"] == "/settings/"
    ana.refresh_from_db()
    assert (ana.name, ana.time_zone, ana.wants_digest) == ("Ana Ferreira", "Europe/Lisbon", True)
    client_for(ana).post("/settings/", {"name": "Ana", "time_zone": ""})
    ana.refresh_from_db()
    assert (ana.time_zone, ana.wants_digest) == ("", False)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "\u200b\u2060"},
        {"name": ""},
        {"name": "a" * 10_001},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "a\0b"},
    ],
)
def test_a_bad_profile_is_refused_and_the_frame_keeps_the_old_name(change, ana, client_for) -> None:
    answer = client_for(ana).post("/settings/", {**PROFILE, **change})
    assert answer.status_code == 422
    assert b'<strong dir="auto">Ana</strong>' in answer.content
    ana.refresh_from_db()
    assert (ana.name, ana.time_zone) == ("Ana", "")


def test_nobody_changes_more_than_name_zone_and_digest(ana, client_for) -> None:
    client_for(ana).post("/settings/", {**PROFILE, "email": "eve@example.com", "is_staff": "on", "is_superuser": "on"})
    ana.refresh_from_db()
    assert (ana.email, ana.is_staff, ana.is_superuser) == ("ana@example.com", False, False)


def test_signing_in_tells_the_zone_once_and_never_over_a_chosen_one(ana) -> None:
    for zone, kept in (("Mars/Olympus", ""), ("Europe/Berlin", "Europe/Berlin"), ("Asia/Tokyo", "Europe/Berlin")):
        form = {"login": ana.email, "password": "correct horse battery", "time_zone": zone}
        assert Client().post("/accounts/login/", form).status_code == 302
        ana.refresh_from_db()
        assert ana.time_zone == kept


def test_a_zone_of_the_browser_s_own_naming_stays_in_the_list(ana, client_for) -> None:
    Person.objects.filter(pk=ana.pk).update(time_zone="EST5EDT")
    client_for(ana).post("/settings/", {**PROFILE, "time_zone": "EST5EDT"})
    ana.refresh_from_db()
    assert ana.time_zone == "EST5EDT"


def test_a_picture_is_stored_under_a_key_of_its_own_and_the_one_before_goes(ana, client_for) -> None:
    client = client_for(ana)
    give_picture(client)
    ana.refresh_from_db()
    first = ana.picture_key
    assert first.startswith(f"people/{ana.public_id}/")
    assert StoredObject.objects.get(key=first).size_bytes == get_store().size_bytes(first)
    give_picture(client, png("blue"))
    ana.refresh_from_db()
    assert ana.picture_key != first
    assert get_store().size_bytes(first) is None
    assert list(StoredObject.objects.values_list("key", flat=True)) == [ana.picture_key]
    client.post("/settings/picture/remove/")
    ana.refresh_from_db()
    assert (ana.picture_key, ana.picture_url) == ("", "")
    assert not StoredObject.objects.exists()


def test_while_the_store_is_away_a_picture_is_not_taken_and_said_why(ana, client_for, monkeypatch) -> None:
    client = client_for(ana)
    monkeypatch.setattr(type(get_store()), "put_bytes", fail_with(StoreUnavailable("away")))
    page = client.post("/settings/picture/", {"picture": png("red")})
    assert "storage does not answer" in page.content.decode()
    ana.refresh_from_db()
    assert ana.picture_key == ""


def test_an_old_picture_that_cannot_be_deleted_now_goes_later(ana, client_for, monkeypatch, time_machine) -> None:
    client = client_for(ana)
    give_picture(client)
    ana.refresh_from_db()
    first = ana.picture_key
    with monkeypatch.context() as broken:
        broken.setattr(type(get_store()), "delete", fail_with(StoreUnavailable("away")))
        assert client.post("/settings/picture/remove/").status_code == 302
    assert get_store().size_bytes(first) is not None
    time_machine.move_to(timezone.now() + timedelta(days=2))
    assert pictures.clear_outdated() == 1
    assert get_store().size_bytes(first) is None


@pytest.mark.parametrize(("error", "status"), [(StoreUnavailable("away"), 503), (ObjectMissing("gone"), 404)])
def test_a_picture_that_cannot_be_shown_says_whether_it_will_be(
    ana, client_for, monkeypatch, error: Exception, status: int
) -> None:
    client = client_for(ana)
    give_picture(client)
    ana.refresh_from_db()
    monkeypatch.setattr(type(get_store()), "iter_bytes", fail_with(error))
    answer = client.get(ana.picture_url)
    assert (answer.status_code, "Retry-After" in answer) == (status, status == 503)


def test_a_picture_is_kept_by_browsers_alone_and_seen_by_colleagues_alone(ana, ben, stranger, client_for) -> None:
    give_picture(client_for(ana))
    ana.refresh_from_db()
    answer = client_for(ben).get(ana.picture_url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"].startswith("private, max-age=")
    assert Image.open(io.BytesIO(answer.content)).size == (256, 256)
    assert ana.picture_url.encode() in client_for(ben).get("/settings/workspace/people/").content
    for client in (client_for(stranger), client_for(None)):
        assert client.get(ana.picture_url).status_code == 404
    assert client_for(ben).get(ana.picture_url.replace(".webp", "x.webp")).status_code == 404


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SimpleUploadedFile("me.png", b"no picture"), b"not a picture we can read"),
        (SimpleUploadedFile("me.svg", b"<svg onload='alert(1)'/>", content_type="image/svg+xml"), b"not a picture"),
        (SimpleUploadedFile("me.png", b"\x89PNG" * (LARGEST_FORM_BYTES // 4 + 1)), b"too large"),
        (SimpleUploadedFile("me.png", b""), b"empty"),
    ],
    ids=["text", "svg", "large", "empty"],
)
def test_a_file_that_cannot_be_a_picture_is_refused_with_a_sentence(file, sentence, ana, client_for) -> None:
    answer = give_picture(client_for(ana), file)
    assert answer.status_code == 422
    assert sentence in answer.content
    ana.refresh_from_db()
    assert ana.picture_key == ""
    assert not StoredObject.objects.exists()


def test_of_a_form_that_is_too_large_the_disk_keeps_only_the_beginning(ana, client_for, monkeypatch) -> None:
    kept: list[int] = []

    def measure(*, person, source, size_bytes) -> None:
        kept.extend([len(source.read()), size_bytes])

    monkeypatch.setattr(pictures, "set_picture", measure)
    sent = LARGEST_FORM_BYTES + 5_000_000
    give_picture(client_for(ana), SimpleUploadedFile("me.png", b"x" * sent))
    assert kept[0] <= LARGEST_FORM_BYTES
    assert kept[1] == sent


def test_a_picture_that_a_killed_request_has_left_goes_after_a_day(ana, time_machine) -> None:
    pictures.set_picture(person=ana, source=io.BytesIO(png().read()), size_bytes=100)
    shown = ana.picture_key
    get_store().put_bytes(b"left", "people/x/left.webp", content_type="image/webp")
    StoredObject.objects.create(key="people/x/left.webp", size_bytes=4)
    assert pictures.clear_outdated() == 0
    time_machine.move_to(timezone.now() + pictures.LEFT_AFTER + pictures.LEFT_AFTER)
    assert pictures.clear_outdated() == 1
    assert get_store().size_bytes("people/x/left.webp") is None
    assert get_store().size_bytes(shown) is not None


def test_a_token_is_shown_once_works_and_is_revoked(ana, client_for) -> None:
    client = client_for(ana)
    made = client.post("/settings/tokens/", {"name": "Nightly <b>report</b>"})
    token = made.context["made"]
    assert services.person_of_token(token) == ana
    page = client.get("/settings/tokens/").content
    assert token.encode() not in page
    assert b"Nightly &lt;b&gt;report" in page
    assert b"last used on" in page
    client.post(f"/settings/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert services.person_of_token(token) is None


def test_nobody_sees_or_revokes_the_token_of_somebody_else(ana, ben, client_for) -> None:
    services.create_token(person=ana, name="Ana's program")
    client = client_for(ben)
    assert b"Ana&#x27;s program" not in client.get("/settings/tokens/").content
    assert client.post(f"/settings/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert ApiToken.objects.exists()


def test_a_token_needs_a_name_and_nobody_has_more_than_fifty(ana, client_for) -> None:
    client = client_for(ana)
    assert client.post("/settings/tokens/", {"name": "\u200b"}).status_code == 422
    ApiToken.objects.bulk_create([ApiToken(person=ana, digest=str(n)) for n in range(49)])
    assert client.post("/settings/tokens/", {"name": "fiftieth"}).status_code == 200
    refused = client.post("/settings/tokens/", {"name": "one more"})
    assert refused.status_code == 422
    assert b"You have 50 tokens" in refused.content


@pytest.mark.parametrize(
    ("name", "letter"), [("Ana", "A"), ("\u200f\u05d0\u05e0\u05d4", "\u05d0"), ("<(Bo)", "B"), ("🧑‍🚀", "🧑")]
)
def test_the_disc_shows_the_first_letter_digit_or_emoji(name, letter) -> None:
    assert Person(email="x@example.com", name=name).initial == letter
