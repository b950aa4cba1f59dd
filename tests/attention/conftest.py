"""A mail server, a shared video of Ana's with a guest's question on it, and the clock's and worker's part by hand."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from apps.attention import sending
from apps.attention.models import AnswerSubscription
from apps.comments import services as comments
from apps.comments.models import Comment
from apps.core import jobs
from apps.core.models import Job
from apps.sharing import services as sharing
from apps.sharing.models import Guest, ShareLink
from apps.sharing.viewers import GUEST_COOKIE, SHARE_COOKIE
from apps.videos.models import Video
from tests.attention.mailserver import MailServer
from tests.watchable import watchable_video

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))  # a Wednesday in summer


@pytest.fixture
def mails(settings: Any) -> Iterator[MailServer]:
    """Yield a running mail server that the product is configured to use."""
    server = MailServer().start()
    settings.EMAIL_URL = server.url
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    yield server
    server.stop()


@pytest.fixture
def clock(cache_by_our_clock: None) -> Iterator[Callable[[datetime], None]]:
    """Yield what sets the clock, which stands at NOON first and runs on."""
    with time_machine.travel(NOON) as traveller:
        yield traveller.move_to


@pytest.fixture
def work() -> Callable[[], None]:
    """Return what does the part of clock and worker: a sweep, and every job that is due."""

    def run() -> None:
        sending.sweep()
        for job in Job.objects.filter(state=Job.State.QUEUED).order_by("pk"):
            jobs.run(job.pk)

    return run


@pytest.fixture
def video(clock, ana, workspace) -> Video:
    return watchable_video(ana, workspace, "Numbers of November")


@pytest.fixture
def link(video, ana) -> ShareLink:
    return sharing.create_share_link(video=video, created_by=ana)


@pytest.fixture
def new_guest(workspace, link) -> Callable[..., tuple[Guest, Client]]:
    """Return what makes a guest who came by the link, and their browser."""

    def make(name: str = "Gus") -> tuple[Guest, Client]:
        token = sharing.guest_token_for(link=link, client_id=None)
        guest = sharing.create_guest(workspace=link.video.workspace, name=name, token=token)
        client = Client()
        client.cookies[GUEST_COOKIE], client.cookies[SHARE_COOKIE] = token, link.token
        return guest, client

    return make


@pytest.fixture
def gus(new_guest) -> Guest:
    guest, _client = new_guest("Gus")
    return guest


@pytest.fixture
def question(gus, video) -> Comment:
    """Return what Gus has asked about the video."""
    return comments.add_comment(video=video, member=None, guest=gus, body="Why this number?", timestamp_ms=42_000)


@pytest.fixture
def subscription(gus, video, link, question) -> AnswerSubscription:
    """Return Gus's wish to hear of answers, confirmed."""
    gus.email = "gus@example.org"
    gus.save()
    return AnswerSubscription.objects.create(
        guest=gus, video=video, share_link=link, email=gus.email, time_zone="Europe/Berlin", confirmed_at=NOON
    )
