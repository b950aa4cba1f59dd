"""An installation in which a small team has already worked: what pictures and tests of all pages are taken of."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.installation import Installation
from tests.whole_way import expect, upload, wait_until_ready

PASSWORD = "correct horse battery"
PEOPLE = {"ana": "Ana Ferreira", "ben": "Ben Okafor"}
# Eve has a team of her own in which nothing has happened yet: what is empty is looked at with her eyes. Lee has left.
MAKE_EVE_AND_LEE = """
from apps.accounts.services import create_person
from apps.workspaces.models import Membership, Workspace
eve = create_person(email="eve@example.com", name="Eve Lindqvist", password="{password}")
Membership.objects.create(workspace=Workspace.objects.create(name="Just begun"), person=eve, role="owner")
create_person(email="lee@example.com", name="Lee Who-Has-Left", password="{password}")
"""
# What the pages about people show: an invite that is open and one that has ended, what Lee has left, and the setup
# link, which has done its work.
MAKE_PEOPLE = """
from django.core import signing
from apps.accounts.models import Person
from apps.videos.services import create_video
from apps.workspaces import invites, services
ana = Person.objects.get(email="ana@example.com").memberships.get()
made = [invites.make_link(by=ana, role=role, days=7, max_uses=1) for role in ("member", "admin")]
invites.revoke_invite(invite=made[1])
lee = Person.objects.get(email="lee@example.com")
create_video(author=lee, workspace=ana.workspace, title="Left", source={"kind": "recording"})
setup_key = signing.Signer(salt=services.SETUP_SALT).sign("owner")
print(made[0].key, made[1].key, Person.objects.get(email="ben@example.com").public_id, setup_key)
"""
# Kim has spoken too, keeps a personal link, and wants to hear of answers by mail; nobody has confirmed the address yet.
MAKE_KIM = """
from apps.attention.digests import stop_key
from apps.attention.models import AnswerSubscription
from apps.accounts.models import Person
from apps.sharing import personal, services
from apps.sharing.models import Guest, ShareLink
link = ShareLink.objects.get(token="{share_token}")
kim = services.create_guest(workspace=link.video.workspace, name="Kim", token="kim")
asked = AnswerSubscription.objects.create(guest=kim, video=link.video, share_link=link, email="kim@example.org")
gale = personal.personal_link_of(guest=Guest.objects.get(name__startswith="Gale"), share_link=link)
print(gale.key, personal.personal_link_of(guest=kim, share_link=link).key, asked.key)
print(stop_key(Person.objects.get(email="ana@example.com")))
"""
LONG_TITLE = "Everything-we-learned-about-the-release-in-one-word-that-nothing-may-break-" + "a" * 120
# What Ana's links to her first video are like, beyond its first one.
LINKS: dict[str, dict[str, Any]] = {
    "with a password": {"password": "open sesame"},
    "asks for a name": {"needs_name": True},
    "shows nothing": {"conversation": "none", "can_comment": False},
    "expired": {},
}
LET_EXPIRE = """
from django.utils import timezone
from apps.sharing.models import ShareLink
ShareLink.objects.filter(name="expired").update(expires_at=timezone.now())
"""
END_EARLY = """
from datetime import timedelta
from django.utils import timezone
from apps.videos.models import Publication, Source
Publication.objects.filter(source__video__public_id="{video}").update(ends_early=True)
rest_until = timezone.now() + timedelta(days=20)
Source.objects.filter(video__public_id="{video}").update(ends_early=True, rest_until=rest_until)
"""
RIGHT_TO_LEFT = "خطة الإصدار القادم وما تعلمناه"


@dataclass
class World:
    """What is in the installation: API tokens of its people, and its videos as the API answers them, by a name."""

    installation: Installation
    tokens: dict[str, str]
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, dict[str, Any]] = field(default_factory=dict)  # share links beyond the first, by what they are
    invite: str = ""  # the path of one that is open
    ended_invite: str = ""
    ben: str = ""  # his public id
    keys: dict[str, str] = field(default_factory=dict)  # what stands in personal links and mails
    used_setup: str = ""  # the path of its setup link
    setup_link: str = ""  # of another installation, in which nobody has an account yet

    def as_person(self, name: str) -> dict[str, str]:
        """Return the header with which a person's requests are sent."""
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def share_token(self, video: str) -> str:
        """Return the token of a video's first share link."""
        return str(self.videos[video]["share_url"]).rstrip("/").rpartition("/")[2]

    def say(self, video: str, body: str, *, headers: dict[str, str], **fields: Any) -> dict[str, Any]:
        """Return a new comment."""
        path = f"/api/v1/videos/{self.videos[video]['id']}/comments/"
        made = self.installation.call("POST", path, data={"body": body, **fields}, **headers)
        return dict(expect(201, made).json)

    def link(self, video: str, what: str, **fields: Any) -> dict[str, Any]:
        """Return a new share link of one of Ana's videos, kept under the name of what it is."""
        path = f"/api/v1/videos/{self.videos[video]['id']}/share-links/"
        made = self.installation.call("POST", path, data={"name": what, **fields}, **self.as_person("ana"))
        self.links[what] = dict(expect(201, made).json)
        return self.links[what]


def furnish(installation: Installation, *, november: Path, tour: Path) -> World:
    """Return what stands in the installation after Ana and Ben have recorded, failed, talked and thrown away.

    `november` and `tour` are the videos they upload.
    """
    for name, full_name in PEOPLE.items():
        installation.manage("adduser", f"{name}@example.com", "--name", full_name, "--password", PASSWORD)
    installation.manage("shell", "-c", MAKE_EVE_AND_LEE.format(password=PASSWORD))
    world = World(
        installation, {name: installation.manage("createtoken", f"{name}@example.com")[-1] for name in PEOPLE}
    )
    world.videos = {
        "ready": upload(installation, world.tokens["ana"], november, "Numbers of November"),
        "ben's": upload(installation, world.tokens["ben"], tour, "Where things are: a tour for Kim"),
        "quiet": upload(installation, world.tokens["ana"], tour, "Why we moved the release to Thursday"),
        "long": upload(installation, world.tokens["ana"], tour, LONG_TITLE),
        "right to left": upload(installation, world.tokens["ana"], tour, RIGHT_TO_LEFT),
        "failed": upload(installation, world.tokens["ana"], Path(__file__), "This is no video"),
        "recording": _start_recording(world, "Being recorded"),
        "thrown away": upload(installation, world.tokens["ana"], tour, "An old plan"),
    }
    for name, video in world.videos.items():
        if name not in {"failed", "recording"}:
            wait_until_ready(installation, video["id"], **world.as_person("ben" if name == "ben's" else "ana"))
    thrown_away = f"/api/v1/videos/{world.videos['thrown away']['id']}/"
    expect(204, installation.call("DELETE", thrown_away, **world.as_person("ana")))
    open_key, ended_key, world.ben, setup_key = installation.manage("shell", "-c", MAKE_PEOPLE)[-1].split()
    world.invite, world.ended_invite = f"/invite/{open_key}/", f"/invite/{ended_key}/"
    world.used_setup = f"/setup/{setup_key}/"
    _talk(world)
    for what, fields in LINKS.items():
        world.link("ready", what, **fields)
    installation.manage("shell", "-c", LET_EXPIRE)
    installation.manage("shell", "-c", END_EARLY.format(video=world.videos["right to left"]["id"]))
    lines = installation.manage("shell", "--no-imports", "-c", MAKE_KIM.format(share_token=world.share_token("ready")))
    names = ("Gale's link", "Kim's link", "Kim's mails", "Ana's mails")
    world.keys = dict(zip(names, " ".join(lines[-2:]).split(), strict=True))
    _share(world)
    return world


def _start_recording(world: World, title: str) -> dict[str, Any]:
    source = {"kind": "recording", "content_type": "video/webm"}
    made = world.installation.call(
        "POST", "/api/v1/videos/", data={"title": title, "source": source}, **world.as_person("ana")
    )
    return dict(expect(201, made).json)


def _share(world: World) -> None:
    in_a_week = (datetime.now(tz=UTC) + timedelta(days=7)).isoformat()
    world.link("quiet", "For the board", password="open sesame", expires_at=in_a_week, conversation="own")
    world.link("quiet", "Asks-for-a-name-and-has-a-name-that-is-one-word-" + "a" * 30, needs_name=True)
    world.links["asks for a name"] = world.link("quiet", RIGHT_TO_LEFT, needs_name=True, can_download=True)
    world.link("quiet", "Over", expires_at=(datetime.now(tz=UTC) + timedelta(seconds=2)).isoformat())
    gone = world.link("quiet", "Sent to the wrong people")
    listed = f"/api/v1/videos/{world.videos['long']['id']}/share-links/"
    only = expect(200, world.installation.call("GET", listed, **world.as_person("ana"))).json["results"]
    for link in (gone, *only):
        expect(204, world.installation.call("DELETE", f"/api/v1/share-links/{link['id']}/", **world.as_person("ana")))


def _talk(world: World) -> None:
    as_ana, as_ben = world.as_person("ana"), world.as_person("ben")
    share_token = world.share_token("ready")
    name = {"share_token": share_token, "name": "Gale (Southwind)"}
    guest = expect(201, world.installation.call("POST", "/api/v1/guests/", data=name)).json
    as_gale = {"Share_Token": share_token, "Guest_Token": guest["guest_token"]}
    world.say("ready", "Nice and short, thank you.", headers=as_ben)
    asked = world.say("ready", "Why this number? The week before was 55.", headers=as_gale, timestamp_ms=2_000)
    world.say("ready", "The fair in Lisbon: 31 of them came from there.", headers=as_ana, parent=asked["id"])
    world.say("ready", "Ah, that explains it. Can we see it without the fair?", headers=as_gale, parent=asked["id"])
    world.say("ready", "I would compare with last year here.", headers=as_ben, timestamp_ms=3_000)
    world.say("long", "a" * 300 + " " + RIGHT_TO_LEFT * 5 + " 🧑‍🚀" * 40, headers=as_ben, timestamp_ms=1_000)
