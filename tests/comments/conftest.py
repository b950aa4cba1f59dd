"""A shared video of Ana's, and browsers of everybody who may talk about it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from apps.sharing import services as sharing
from apps.sharing.models import ShareLink
from apps.sharing.viewers import GUEST_COOKIE, SHARE_COOKIE
from apps.videos.models import Video
from apps.videos.services import create_video


@pytest.fixture
def video(ana, workspace) -> Video:
    """Return a video of Ana's that was stopped."""
    made = create_video(author=ana, workspace=workspace, title="Plan", source={"kind": "recording"})
    Video.objects.filter(pk=made.pk).update(status=Video.Status.PROCESSING, stopped_at=timezone.now())
    made.refresh_from_db()
    return made


@pytest.fixture
def link(video, ana) -> ShareLink:
    return sharing.create_share_link(video=video, created_by=ana)


@pytest.fixture
def guest_client(link, workspace) -> Callable[..., Client]:
    """Return what makes the browser of a guest who came by the link and gave a name."""

    def make(name: str = "Gus", *, by: ShareLink = link) -> Client:
        client = Client()
        token = sharing.guest_token_for(link=by, client_id=None)
        sharing.create_guest(workspace=workspace, name=name, token=token)
        client.cookies[GUEST_COOKIE] = token
        client.cookies[SHARE_COOKIE] = by.token
        return client

    return make
