"""Whom a comment names: found, stored, shown, and taken back."""

import pytest

from apps.comments.models import Comment, Mention
from apps.videos.models import Video
from tests.comments.saying import listed, say

pytestmark = pytest.mark.django_db


def test_who_does_not_see_the_video_cannot_be_mentioned(client_for, ana, ben, video) -> None:
    Video.objects.filter(pk=video.pk).update(visibility=Video.Visibility.ONLY_ME)
    assert say(client_for(ana), video, "@Ben", mentions=[ben.public_id]).status_code == 400


def test_a_mention_is_shown_as_a_name(client_for, guest_client, ana, ben, video) -> None:
    say(client_for(ana), video, "@Ben, why?", mentions=[ben.public_id])
    for client in (client_for(ana), guest_client()):
        (comment,) = listed(client, video)["results"]
        assert '<span class="mention">@Ben</span>' in comment["body_html"]


def test_an_edit_names_others_and_one_without_mentions_leaves_them(client_for, ana, ben, video) -> None:
    client = client_for(ana)
    path = f"/api/v1/comments/{say(client, video, '@Ben').json()['id']}/"

    def edit(body, seen, **fields):
        return client.patch(path, {"body": body, "edited_at": seen, **fields}, content_type="application/json").json()

    seen = edit("@Ben, why?", None, mentions=[ben.public_id])["edited_at"]
    assert list(Mention.objects.values_list("person", flat=True)) == [ben.pk]
    seen = edit("@Ben, why so?", seen)["edited_at"]
    assert Mention.objects.count() == 1
    edit("Why so?", seen, mentions=[])
    assert not Mention.objects.exists()


def test_with_a_deleted_comment_its_mentions_and_reactions_go(client_for, ana, ben, video) -> None:
    client = client_for(ana)
    comment = say(client, video, "@Ben", mentions=[ben.public_id]).json()["id"]
    client.put(f"/api/v1/comments/{comment}/reactions/", {"emoji": "👍"}, content_type="application/json")
    client.delete(f"/api/v1/comments/{comment}/")
    left = Comment.objects.get()
    assert (left.mentions.count(), left.reactions.count()) == (0, 0)
