"""Title and description: changed by their author alone, and never over what was changed meanwhile."""

from typing import Any

import pytest
from django.test import Client

from apps.videos import services
from apps.videos.errors import EditConflict
from apps.videos.models import Video
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(ana, workspace) -> Video:
    return watchable_video(ana, workspace, "Plan", description="Of spring")


def edit(client: Client, video: Video, **fields: Any) -> Any:
    return client.patch(f"/api/v1/videos/{video.public_id}/", fields, content_type="application/json")


def texts_of(video: Video) -> tuple[str, str]:
    return Video.objects.values_list("title", "description").get(pk=video.pk)


def test_its_author_changes_what_is_named_and_nobody_else_anything(client_for, ana, ben, stranger, video) -> None:
    assert edit(client_for(ana), video, title="  Plan\nof spring ").json()["title"] == "Plan of spring"
    assert texts_of(video) == ("Plan of spring", "Of spring")
    for person in (ben, stranger):
        assert edit(client_for(person), video, title="Mine").status_code == 404
    assert texts_of(video) == ("Plan of spring", "Of spring")


def test_of_two_edits_at_once_the_second_gets_the_first_one_s_text_and_writes_nothing(client_for, ana, video) -> None:
    client = client_for(ana)
    assert edit(client, video, title="First", seen={"title": "Plan"}).status_code == 200
    late = edit(client, video, title="Second", description="Mine", seen={"title": "Plan", "description": "Of spring"})
    assert (late.status_code, late.json()["code"]) == (409, "edit_conflict")
    assert (late.json()["video"]["title"], late.json()["video"]["description"]) == ("First", "Of spring")
    assert texts_of(video) == ("First", "Of spring")
    assert edit(client, video, title="Second", seen={"title": "First"}).status_code == 200


def test_what_is_not_changed_or_said_again_is_no_conflict(client_for, ana, video) -> None:
    client = client_for(ana)
    edit(client, video, description="Of autumn")
    seen = {"title": "Plan", "description": "Of spring"}
    assert edit(client, video, title="Other", seen=seen).status_code == 200  # the description stays as it is now
    assert texts_of(video) == ("Other", "Of autumn")
    assert edit(client, video, title="Other", seen=seen).status_code == 200  # the answer was lost, and it is sent again
    assert edit(client, video, title="Without a word of what was seen").status_code == 200


def test_what_was_written_since_the_row_was_fetched_counts(ana, video) -> None:
    fetched = Video.objects.get(pk=video.pk)
    Video.objects.filter(pk=video.pk).update(title="Theirs")
    with pytest.raises(EditConflict):
        services.edit_video(video=fetched, title="Mine", seen={"title": "Plan"})
    assert texts_of(video) == ("Theirs", "Of spring")


@pytest.mark.parametrize("fields", [{"title": "x" * 201}, {"description": "x" * 10_001}, {"title": "\u200b"}])
def test_a_text_that_is_too_long_or_has_nothing_to_read_is_refused(client_for, ana, video, fields) -> None:
    assert edit(client_for(ana), video, **fields).status_code == 400
    assert texts_of(video) == ("Plan", "Of spring")


def test_a_description_that_is_too_long_is_refused_in_words_for_its_author(client_for, ana, video) -> None:
    refused = edit(client_for(ana), video, description="x" * 10_001).json()
    assert refused["fields"]["description"] == [
        "Not saved: a description has room for 10000 characters, and this one is longer. Nothing was cut off."
    ]


def test_a_video_without_a_title_is_called_so(client_for, ana, video) -> None:
    assert edit(client_for(ana), video, title="  ").json()["title"] == ""
    assert "<title>Untitled video" in client_for(ana).get(f"/v/{video.public_id}/").content.decode()
