"""Invitations by mail, through a real SMTP server: what arrives, and what stays when nothing can be sent."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from apps.workspaces.models import Invite
from tests.attention.mailserver import MailServer

pytestmark = pytest.mark.django_db

SEND = "/settings/workspace/invites/mail/"


@pytest.fixture
def inbox(settings) -> Iterator[MailServer]:
    """Yield the mail server that this installation is told to use."""
    server = MailServer().start()
    settings.EMAIL_URL = server.url
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    try:
        yield server
    finally:
        server.stop()


def form(emails: str, **changes: str) -> dict[str, str]:
    return {"mail-emails": emails, "mail-role": "member", **changes}


def test_an_invitation_arrives_and_its_link_lets_its_reader_in(inbox, ana, workspace, client_for) -> None:
    workspace.name = "O'Brien & Söhne"
    workspace.save()
    page = client_for(ana).post(SEND, form("nia@example.com", **{"mail-lands_on": "/v/plan/"}), follow=True)
    assert b"1 invitation is on its way." in page.content
    (message,) = inbox.messages
    assert message["To"] == "nia@example.com"
    assert message["Subject"] == "Ana invites you to O'Brien & Söhne on Videoshare"
    assert '"O\'Brien & Söhne"' in message.get_content()
    (path,) = re.findall(r"^http://localhost:8000(/invite/\S+)\s*$", message.get_content(), re.MULTILINE)
    client = Client()
    assert b'value="nia@example.com"' in client.get(path).content
    new = {"name": "Nia", "email": "nia@example.com", "password": "a quiet morning"}
    assert client.post(path, new)["Location"] == "/v/plan/"
    assert Client().get(path).status_code == 410


def test_several_are_invited_at_once_each_once(inbox, ana, client_for) -> None:
    client_for(ana).post(SEND, form("a@example.com, B@example.com\nb@example.com;c@example.com"))
    assert [message["To"] for message in inbox.messages] == ["a@example.com", "b@example.com", "c@example.com"]
    assert list(Invite.objects.order_by("pk").values_list("email", "max_uses")) == [
        ("a@example.com", 1),
        ("b@example.com", 1),
        ("c@example.com", 1),
    ]


@pytest.mark.usefixtures("stranger")
def test_who_is_a_member_already_gets_no_invitation_and_who_has_an_account_elsewhere_does(
    inbox, ana, ben, client_for
) -> None:
    page = client_for(ana).post(SEND, form("BEN@example.com sam@example.com"), follow=True)
    assert b"ben@example.com is a member already." in page.content
    assert b"1 invitation is on its way." in page.content
    assert [message["To"] for message in inbox.messages] == ["sam@example.com"]
    assert [invite.email for invite in Invite.objects.all()] == ["sam@example.com"]


@pytest.mark.parametrize(
    "emails",
    ["", "no address", "a@example.com\r\nBcc: all@example.com", " ".join(f"{n}@example.com" for n in range(21))],
    ids=["nothing", "words", "header", "many"],
)
def test_what_is_no_list_of_addresses_sends_nothing(emails, inbox, ana, client_for) -> None:
    assert client_for(ana).post(SEND, form(emails)).status_code == 422
    assert inbox.messages == []
    assert not Invite.objects.exists()


def test_a_name_brings_no_header_of_its_own_into_the_mail(inbox, ana, client_for) -> None:
    ana.name = "Ana\r\nBcc: all@example.com"
    ana.save()
    client_for(ana).post(SEND, form("nia@example.com"))
    (message,) = inbox.messages
    assert message["Bcc"] is None


def test_a_dead_mail_server_leaves_the_invitation_and_says_so(settings, ana, client_for) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = client_for(ana).post(SEND, form("nia@example.com"), follow=True)
    invite = Invite.objects.get()
    assert b"The mail to nia@example.com could not be sent" in page.content
    assert b"on its way" not in page.content
    assert invite.key.encode() in page.content
    assert Client().get(f"/invite/{invite.key}/").status_code == 200


def test_without_mail_the_page_says_so_and_offers_the_link(ana, client_for) -> None:
    client = client_for(ana)
    page = client.get("/settings/workspace/people/").content
    assert b"This server sends no mail" in page
    assert b"Send invitations" not in page
    assert b"Make invite link" in page
    assert client.post(SEND, form("nia@example.com")).status_code == 404


def test_a_forgotten_password_travels_through_the_same_server(inbox, ana) -> None:
    Client().post("/accounts/password/reset/", {"email": ana.email})
    (message,) = inbox.messages
    assert message["Subject"] == "Set a new password for Videoshare"
    assert re.search(r"^http://localhost:8000/accounts/password/reset/key/\S+\s*$", message.get_content(), re.MULTILINE)
