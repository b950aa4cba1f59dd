"""The library page: what stands on its cards, and for whom."""

import pytest
from django.utils import timezone

from apps.videos.models import Video
from apps.videos.services import create_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def bens_video(ben, workspace) -> Video:
    made = create_video(author=ben, workspace=workspace, title="Ben's plan", source={"kind": "recording"})
    Video.objects.filter(pk=made.pk).update(status=Video.Status.PROCESSING, stopped_at=timezone.now())
    return made


def test_an_owner_can_delete_a_colleague_s_video_and_rename_none(client_for, ana, bens_video) -> None:
    page = client_for(ana).get("/").content.decode()
    assert "Ben&#x27;s plan" in page
    assert page.count("data-delete>") == 1
    assert "data-rename>" not in page


def test_a_member_does_neither_to_a_colleague_s_video(client_for, ana, ben, workspace) -> None:
    made = create_video(author=ana, workspace=workspace, title="Ana's plan", source={"kind": "recording"})
    Video.objects.filter(pk=made.pk).update(status=Video.Status.PROCESSING, stopped_at=timezone.now())
    page = client_for(ben).get("/").content.decode()
    assert "Ana&#x27;s plan" in page
    assert "data-delete>" not in page
    assert "data-rename>" not in page


def test_one_s_own_video_has_both(client_for, ben, bens_video) -> None:
    page = client_for(ben).get("/").content.decode()
    assert page.count("data-delete>") == 1
    assert page.count("data-rename>") == 1


def test_a_stranger_reads_nothing_of_it(client_for, stranger, bens_video) -> None:
    assert "plan" not in client_for(stranger).get("/").content.decode()


def test_many_cards_turn_pages(client_for, ben, workspace) -> None:
    for number in range(61):
        create_video(author=ben, workspace=workspace, title=f"Video {number}", source={"kind": "recording"})
    first = client_for(ben).get("/").content.decode()
    assert first.count('<li class="card"') == 60
    assert client_for(ben).get("/?mine=2").content.decode().count('<li class="card"') == 1
