"""A recording that the server ended: what its watch page and its card say, and to whom."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.sharing.services import create_share_link
from apps.videos.models import Publication, Source, Video
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db

MARK = "This recording ends early: the rest never arrived."
CARD = "Ends early: the rest never arrived."


@pytest.fixture
def early(ana, workspace) -> Video:
    video = watchable_video(ana, workspace)
    Publication.objects.update(ends_early=True)
    Source.objects.update(ends_early=True, rest_until=timezone.now() + timedelta(days=20))
    return video


def notes(page: str) -> list[str]:
    """Return the text of the notes that are shown."""
    found = re.findall(r'<(?:p|div) class="watch-note"[^>]*?( hidden)?>(.*?)</(?:p|div)>', page, flags=re.DOTALL)
    return [text for hidden, text in found if not hidden]


def test_its_author_reads_that_it_ends_early_and_until_when_the_rest_may_come(client_for, ana, early) -> None:
    (note,) = notes(client_for(ana).get(f"/v/{early.public_id}/").content.decode())
    until = timezone.now() + timedelta(days=20)
    assert MARK in note
    assert f"until {until.day} {until:%B}" in note


def test_others_read_that_it_ends_early_and_no_more(client_for, ana, ben, early) -> None:
    link = create_share_link(video=early, created_by=ana)
    for client, path in ((client_for(ben), f"/v/{early.public_id}/"), (client_for(), f"/s/{link.token}/")):
        assert notes(client.get(path).content.decode()) == [MARK]


def test_of_a_whole_recording_nothing_is_said(client_for, ana, workspace) -> None:
    video = watchable_video(ana, workspace)
    assert notes(client_for(ana).get(f"/v/{video.public_id}/").content.decode()) == []
    assert CARD not in client_for(ana).get("/").content.decode()


def test_the_card_says_it_to_its_author_alone(client_for, ana, ben, early) -> None:
    assert CARD in client_for(ana).get("/").content.decode()
    assert CARD not in client_for(ben).get("/").content.decode()


@pytest.mark.parametrize(
    ("revision", "said"), [(1, "not all of it could be prepared"), (2, "More of this recording has arrived")]
)
def test_the_author_alone_is_told_of_what_could_not_be_published(
    client_for, ana, ben, workspace, revision: int, said: str
) -> None:
    video = watchable_video(ana, workspace, failure_code="store_refused")
    Source.objects.update(revision=revision)
    page = client_for(ana).get(f"/v/{video.public_id}/").content.decode()
    assert said in page
    assert "The storage refused to serve us" in page
    assert "data-rest-retry" in page
    for client in (client_for(ana), client_for(ben)):
        assert "The storage refused" not in client.get("/").content.decode()  # it plays: no card need say so
    assert "data-rest-retry" not in client_for(ben).get(f"/v/{video.public_id}/").content.decode()


def test_what_was_never_uploaded_is_not_offered_to_be_retried(client_for, ana, workspace) -> None:
    video = watchable_video(
        ana, workspace, status=Video.Status.FAILED, failure_code="upload_abandoned", current_publication=None
    )
    page = client_for(ana).get(f"/v/{video.public_id}/").content.decode()
    assert re.search(r"data-retry hidden", page)
