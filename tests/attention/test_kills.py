"""A worker that is killed with -9: before a mail was begun it goes out once, afterwards never a second time."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.attention.mailserver import OK, MailServer
from tests.installation import ROOT, needed_by_programs, put_database

PATIENCE_S = 60.0

FURNISH = """
from datetime import timedelta
from django.utils import timezone
from apps.accounts.models import Person
from apps.attention.models import AnswerSubscription
from apps.comments import services as comments
from apps.sharing import services as sharing
from apps.videos.services import create_video
from apps.workspaces import services as workspaces

ana, membership = workspaces.add_person(email="ana@example.com", name="Ana", password="correct horse battery")
Person.objects.update(wants_digest=False)
video = create_video(author=ana, workspace=membership.workspace, title="Plan", source={"kind": "recording"})
link = sharing.create_share_link(video=video, created_by=ana)
gus = sharing.create_guest(workspace=membership.workspace, name="Gus", token="t")
asked = comments.add_comment(video=video, member=None, guest=gus, body="Why?")
comments.add_comment(video=video, member=ana, guest=None, body="Because", parent=asked)
hour = timezone.now().hour
AnswerSubscription.objects.create(
    guest=gus, video=video, share_link=link, email="gus@example.org", confirmed_at=timezone.now(),
    answered_until=timezone.now() - timedelta(days=1),
    time_zone=f"Etc/GMT{hour - 12:+d}" if hour != 12 else "UTC",  # where it is noon now
)
from apps.comments.models import Comment
Comment.objects.update(created_at=timezone.now() - timedelta(minutes=5))
"""


class HangingServer(MailServer):
    """Falls silent at one command, so that a worker can be killed while it waits for the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs_at = ""
        self.reached = Event()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        await self._hang("EHLO")
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._hang("MAIL")
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.keep(envelope)
        await self._hang("DATA")
        return OK

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self._hang("QUIT")
        return "221 Bye"

    async def _hang(self, command: str) -> None:
        import asyncio

        if self.hangs_at == command:
            self.reached.set()
            await asyncio.sleep(PATIENCE_S)


@dataclass
class World:
    """An installation in files, its mail server, and its workers."""

    folder: Path
    server: HangingServer

    def environment(self) -> dict[str, str]:
        return {**needed_by_programs(), "VIDEOSHARE_DATA": str(self.folder), "EMAIL_URL": self.server.url}

    def run(self, *words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.environment(), check=True, capture_output=True, text=True,
            timeout=PATIENCE_S, **options,
        )  # fmt: skip

    def work(self) -> None:
        assert "worked" in self.run("-m", "tests.attention.dying_worker").stdout

    def kill_a_worker_at(self, command: str) -> None:
        """Start a worker and kill it with -9 while the mail server keeps it waiting at this command."""
        self.server.hangs_at = command
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.attention.dying_worker"], cwd=ROOT, env=self.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert self.server.reached.wait(PATIENCE_S), f"the worker never came to {command}"
        finally:
            worker.send_signal(signal.SIGKILL)
            assert worker.wait() == -signal.SIGKILL
        self.server.hangs_at = ""

    def state(self) -> str:
        return self.ask("AnswerMail.objects.latest('day').state")

    def ask(self, expression: str) -> str:
        """Return what an expression about the rows of mails says there."""
        script = f"from datetime import timedelta; from apps.attention.models import *; print({expression})"
        return self.run("manage.py", "shell", "--no-imports", "-c", script).stdout.split()[-1]

    def a_day_passes(self) -> None:
        """Make what was done today a thing of yesterday."""
        self.ask("AnswerMail.objects.update(day=models.F('day') - timedelta(days=1))")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    server = HangingServer()
    server.start()
    made = World(tmp_path / "data", server)
    put_database(made.folder)
    made.run("manage.py", "shell", "--no-imports", "-c", FURNISH)
    yield made
    server.stop()


def test_killed_while_it_speaks_to_the_server_but_before_the_mail_it_goes_out_once(world: World) -> None:
    world.kill_a_worker_at("EHLO")
    assert world.server.messages == []
    assert world.state() == "due"
    world.work()
    world.work()
    assert [message["To"] for message in world.server.messages] == ["gus@example.org"]
    assert world.state() == "sent"


def test_killed_after_the_server_has_the_mail_and_before_it_was_written_down_there_is_no_second(world: World) -> None:
    world.kill_a_worker_at("DATA")
    assert world.state() == "sending"
    world.work()
    world.work()
    assert [message["To"] for message in world.server.messages] == ["gus@example.org"]
    assert world.state() == "sending"


def test_killed_after_a_mail_was_begun_and_before_the_server_has_it_the_next_day_tells_it(world: World) -> None:
    world.kill_a_worker_at("MAIL")
    assert world.state() == "sending"
    world.work()
    assert world.server.messages == []
    world.a_day_passes()
    world.work()
    assert [message["To"] for message in world.server.messages] == ["gus@example.org"]


def test_killed_while_it_takes_leave_of_the_server_all_is_written_down(world: World) -> None:
    world.kill_a_worker_at("QUIT")
    assert world.state() == "sent"
    world.work()
    world.a_day_passes()
    world.work()
    assert [message["To"] for message in world.server.messages] == ["gus@example.org"]
