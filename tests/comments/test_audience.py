"""Who reads what one is about to write: by facts, in a sentence."""

import pytest

from apps.comments.audience import audience_of
from apps.core.viewer import Viewer
from apps.sharing import services as sharing
from apps.videos.models import Video

pytestmark = pytest.mark.django_db


def plain(sentence: str | None) -> str:
    return (sentence or "").replace("\u2068", "").replace("\u2069", "")


def said_to(client, video) -> dict[str, str | None]:
    audience = client.get(f"/api/v1/videos/{video.public_id}/comments/").json()["audience"]
    return {name: sentence and plain(sentence) for name, sentence in audience.items()}


def test_without_a_link_the_team_reads_it(client_for, ana, video) -> None:
    assert said_to(client_for(ana), video) == {
        "everyone": "Everyone in Northwind reads this.",
        "team": "Only Northwind reads this.",
        "answer": None,
    }


def test_with_a_link_that_shows_the_conversation_whoever_has_it_reads_it(client_for, ana, video, link) -> None:
    said = said_to(client_for(ana), video)
    assert said["everyone"] == "Everyone in Northwind, and whoever has a link to this video, reads this."
    assert said["team"] == "Only Northwind reads this."
    sharing.revoke_share_link(link=link)
    assert said_to(client_for(ana), video)["everyone"] == "Everyone in Northwind reads this."


def test_a_link_that_shows_ones_own_adds_the_guest_who_is_answered(client_for, ana, video) -> None:
    sharing.create_share_link(video=video, created_by=ana, conversation="own")
    said = said_to(client_for(ana), video)
    assert said["everyone"] == "Everyone in Northwind reads this."
    assert said["answer"] == "Everyone in Northwind, and {name}, reads this."


def test_a_guest_learns_of_the_team_without_its_name(guest_client, video) -> None:
    assert said_to(guest_client(), video) == {
        "everyone": "Ana, their team, and whoever has a link to this video read this.",
        "team": None,
        "answer": None,
    }


def test_a_guest_who_sees_their_own_alone_is_told_of_the_team_alone(guest_client, ana, video) -> None:
    own = sharing.create_share_link(video=video, created_by=ana, conversation="own")
    sharing.revoke_share_link(link=video.share_links.exclude(pk=own.pk).get())
    assert said_to(guest_client(by=own), video)["everyone"] == "Ana and their team read this."


def test_what_is_the_authors_alone_says_so(client_for, ana, video) -> None:
    Video.objects.filter(pk=video.pk).update(visibility=Video.Visibility.ONLY_ME)
    assert said_to(client_for(ana), video)["everyone"] == "Only you read this."
    sharing.create_share_link(video=video, created_by=ana)
    assert said_to(client_for(ana), video)["everyone"] == "You, and whoever has a link to this video, read this."


def test_a_name_from_right_to_left_stands_apart_in_the_sentence(client_for, ana, video, workspace) -> None:
    workspace.name = "\u05e9\u05dc\u05d5\u05dd"
    workspace.save()
    video.refresh_from_db()
    said = audience_of(video=video, viewer=Viewer(person_id=ana.pk), is_member=True)
    assert said.everyone == "Everyone in \u2068\u05e9\u05dc\u05d5\u05dd\u2069 reads this."
