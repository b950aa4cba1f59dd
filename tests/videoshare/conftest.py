"""One video that is ready and shared, everything that a route may name, and the browsers of those who come to it.

The cast: nobody signed in, a stranger with an account in another team, a guest who came by the video's link, a
member of the author's team, and the author.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Person
from apps.attention.models import AnswerSubscription
from apps.comments import services as comments
from apps.core.store import get_store
from apps.sharing import grants, personal
from apps.sharing import services as sharing
from apps.sharing.models import ShareLink
from apps.sharing.viewers import GUEST_COOKIE, SHARE_COOKIE
from apps.uploads import services as uploads
from apps.videos.captions import add_track
from apps.videos.models import Publication, Sound, Storyboard, Video
from apps.videos.services import create_video
from apps.workspaces import invites
from tests.watchable import copy_of

WHO = ("anonymous", "stranger", "guest", "member", "author")
CAPTIONS = {"language": "de", "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n"}


@pytest.fixture
def world(ana, ben, stranger, workspace, settings) -> dict[str, Any]:
    """One video of Ana's that is ready and shared, with a comment, and everything that rows name."""
    video = create_video(author=ana, workspace=workspace, title="Plan", source={"kind": "recording"})
    upload = uploads.open_upload(
        video=video, source=video.sources.get(), kind="recording", size_bytes=None, content_type="video/webm"
    )
    published = Publication.objects.create(
        source=video.sources.get(),
        source_bytes=5,
        duration_ms=1000,
        has_video=True,
        has_audio=True,
        poster_key="videos/x/y/poster.1.jpg",
        preview_key="videos/x/y/preview.1.webp",
    )
    Storyboard.objects.create(
        publication=published,
        key="videos/x/y/storyboard.1.jpg",
        tile_width=160,
        tile_height=90,
        columns=10,
        times_ms=[0, 500],
    )
    get_store().put_bytes(b"movie", "videos/x/y/copy.1.mp4", content_type="video/mp4")
    copy_of(published, key="videos/x/y/copy.1.mp4", codecs="avc1.640028,mp4a.40.2")
    Sound.objects.create(publication=published, interval_ms=50, peaks=[7], silences=[])
    Video.objects.filter(pk=video.pk).update(
        status=Video.Status.READY, stopped_at=timezone.now(), current_publication=published
    )
    video.refresh_from_db()
    link = sharing.create_share_link(video=video, created_by=ana)
    comment = comments.add_comment(video=video, member=ana, guest=None, body="Why this number?", timestamp_ms=42_000)
    settings.EMAIL_URL = "smtp://localhost"  # mails can be asked for; none is sent here
    kim = sharing.create_guest(workspace=workspace, name="Kim", token="kims")
    subscription = AnswerSubscription.objects.create(guest=kim, video=video, share_link=link, email="kim@example.org")
    leaver = Person.objects.create_user("lee@example.com", name="Lee")
    create_video(author=leaver, workspace=workspace, title="Left", source={"kind": "recording"})
    get_store().put_bytes(b"face", "people/x/face.webp", content_type="image/webp")
    Person.objects.filter(pk=ana.pk).update(picture_key="people/x/face.webp")
    accounts.create_token(person=ana, name="A program")
    invite = invites.make_link(by=ana.memberships.get(), role="member", days=7, max_uses=None)
    setup_key = "owner:wrong"
    password_path = accounts.password_link(person=ben).rstrip("/").rpartition("/")[2]
    return {
        "public_id": video.public_id,
        "token": link.token,
        "link": link.public_id,
        "upload": upload.public_id,
        "captions": add_track(video=video, language="en", label="", text=CAPTIONS["vtt"]).public_id,
        "comment": comment.public_id,
        "reaction": comments.react(comment=comment, member=ana, guest=None, emoji="👏").public_id,
        "grant": grants.member_grant(person_id=ana.pk, video_id=video.pk),
        "publication": published.public_id,
        "index": "index.m3u8",
        "waveform": "waveform.json",
        "poster": "poster.jpg",
        "storyboard": "storyboard.vtt",
        "sprite": "storyboard.jpg",
        "preview": "preview.webp",
        "personal_key": personal.personal_link_of(guest=kim, share_link=link).key,
        "mail_key": subscription.key,
        "setup_key": setup_key,
        "author_id": ana.public_id,
        "picture": "face.webp",
        "api_token": ana.api_tokens.get().pk,
        "invite_key": invite.key,
        "invite": invite.public_id,
        "member_id": ben.public_id,
        "leaver_id": leaver.public_id,
        "uidb36": password_path.partition("-")[0],
        "key": password_path.partition("-")[2],
        "store_token": "nonsense",
        "people": {"stranger": stranger, "member": ben, "author": ana},
        "workspace": workspace,
    }


@pytest.fixture
def visitor(world, client_for) -> Callable[..., Client]:
    """Return what makes a browser of one of WHO."""

    def make(who: str, *, checks_csrf: bool = False) -> Client:
        client = client_for(world["people"].get(who))
        client.handler.enforce_csrf_checks = checks_csrf
        if who == "guest":
            token = sharing.guest_token_for(link=ShareLink.objects.get(token=world["token"]), client_id=None)
            sharing.create_guest(workspace=world["workspace"], name="Gus", token=token)
            client.cookies[GUEST_COOKIE] = token
            client.cookies[SHARE_COOKIE] = world["token"]
        return client

    return make
