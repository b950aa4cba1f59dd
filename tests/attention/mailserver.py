"""A real mail server for tests: speaks SMTP on a port of this machine, keeps what it takes, and refuses as told."""

import asyncio
import email
import email.policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.installation import free_port

OK = "250 OK"


class MailServer:
    """`messages` are the mails it took, parsed. `answers` has what it says to a command instead of OK."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.answers: dict[str, str] = {}
        self.commands: list[str] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> "MailServer":
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def mail_to(self, address: str) -> EmailMessage:
        """Return the one mail that this address got."""
        (message,) = [message for message in self.messages if message["To"] == address]
        return message

    # aiosmtpd calls these by their names.

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.commands.append("MAIL")
        envelope.mail_from = address
        return self.answers.get("MAIL", OK)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.commands.append("RCPT")
        answer = self.answers.get("RCPT", OK)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.commands.append("DATA")
        answer = self.answers.get("DATA", OK)
        if answer.startswith("hang up"):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if answer == OK or answer.endswith("after keeping it"):
            self.keep(envelope)
        return answer

    def keep(self, envelope: Envelope) -> None:
        content: Any = envelope.content
        self.raw.append(content)
        self.recipients += envelope.rcpt_tos
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)


def text_of(message: EmailMessage) -> str:
    """Return the mail's plain text."""
    part = message.get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    """Return the mail's HTML."""
    part = message.get_body(("html",))
    assert part is not None
    content: str = part.get_content()
    return content


def stop_path_of(message: EmailMessage) -> str:
    """Return the path of the address in List-Unsubscribe."""
    address = message["List-Unsubscribe"]
    assert str(address).startswith("<http://localhost:8000/stop/"), repr(address)
    return str(address).strip("<>").removeprefix("http://localhost:8000")
