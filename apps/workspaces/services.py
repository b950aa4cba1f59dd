"""What changes about teams: the first owner, further members, name and links. See also invites.py and people.py."""

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts import services as accounts
from apps.accounts.models import Person
from apps.workspaces.errors import AlreadySetUp, EmailTaken
from apps.workspaces.models import Membership, Workspace

SETUP_SALT = "videoshare.setup"
NAME_LENGTH = 80  # of a workspace, as its column
SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})  # northwind.co.uk is at Northwind, not at Co
# Mail providers say nothing about where somebody works. One that is missing here makes a proposal that is changed.
PUBLIC_MAIL = frozenset(
    {"aol", "fastmail", "gmail", "gmx", "googlemail", "hey", "hotmail", "icloud", "laposte", "libero"}
)
PUBLIC_MAIL |= {
    "live",
    "mac",
    "mail",
    "mailbox",
    "me",
    "msn",
    "orange",
    "outlook",
    "pm",
    "posteo",
    "proton",
    "protonmail",
}
PUBLIC_MAIL |= {"163", "qq", "seznam", "t-online", "tutanota", "web", "yahoo", "yandex", "zoho"}


def has_owner() -> bool:
    """Return whether anybody owns a workspace here; until then the setup link works."""
    return Membership.objects.filter(role=Membership.Role.OWNER).exists()


def setup_link() -> str | None:
    """Return the address at which the first owner makes an account, None when there is an owner already."""
    if has_owner():
        return None
    return f"{settings.ADDRESS.url}{reverse('setup', kwargs={'key': signing.Signer(salt=SETUP_SALT).sign('owner')})}"


def is_setup_key(key: str) -> bool:
    """Return whether `key` is this installation's setup key, whether it has done its work (has_owner) or not."""
    try:
        signing.Signer(salt=SETUP_SALT).unsign(key)
    except signing.BadSignature:
        return False
    return True


@transaction.atomic
def set_up(*, email: str, name: str, password: str, workspace_name: str = "", time_zone: str = "") -> Person:
    """Make the first owner and the workspace, under a name that is proposed where none is given.

    Raises AlreadySetUp for whoever comes second.
    """
    # The first workspace carries a marker that is unique, so of two people who set up at once one loses on it.
    if has_owner():
        raise AlreadySetUp
    person = create_account(email=email, name=name, password=password, time_zone=time_zone)
    try:
        with transaction.atomic():
            workspace = _create_first_workspace(owner=person, name=workspace_name)
    except IntegrityError as error:
        raise AlreadySetUp from error
    Membership.objects.create(workspace=workspace, person=person, role=Membership.Role.OWNER)
    return person


@transaction.atomic
def add_person(*, email: str, name: str = "", password: str | None = None) -> tuple[Person, Membership]:
    """Make a person: the owner of a new workspace where there is none, else a member of the first one.

    Raises EmailTaken when somebody has this e-mail.
    """
    person = create_account(email=email, name=name, password=password)
    workspace = Workspace.objects.order_by("pk").first()
    role = Membership.Role.MEMBER
    if workspace is None:
        workspace = _create_first_workspace(owner=person)
        role = Membership.Role.OWNER
    elif not has_owner():
        role = Membership.Role.OWNER
    return person, Membership.objects.create(workspace=workspace, person=person, role=role)


def proposed_workspace_name(person: Person) -> str:
    """Return what the person's workspace might be called: after the e-mail's domain, else after the person.

    anna@mail.northwind.co.uk is at "Northwind"; at a public mail provider it is "Anna's team".
    """
    labels = person.email.rpartition("@")[2].split(".")
    chosen = labels[-3 if len(labels) > 2 and labels[-2] in SECOND_LEVEL else -2] if len(labels) > 1 else ""
    if chosen and chosen not in PUBLIC_MAIL:
        return chosen.replace("-", " ").title()[:NAME_LENGTH]
    if not person.name:
        return _("Our team")
    return _("%(name)s's team") % {"name": person.name[: NAME_LENGTH - 10]}


def edit_workspace(*, workspace: Workspace, name: str, links_enabled: bool) -> None:
    """Give the workspace a name, and switch its share links on or off, at once for all of them."""
    Workspace.objects.filter(pk=workspace.pk).update(name=name, links_enabled=links_enabled)


def _create_first_workspace(*, owner: Person, name: str = "") -> Workspace:
    """Return the first workspace, under a name that is proposed where none is given."""
    workspace = Workspace(name=name.strip() or proposed_workspace_name(owner), setup_marker=True)
    workspace.save(force_insert=True)
    return workspace


def create_account(*, email: str, name: str, password: str | None, time_zone: str = "") -> Person:
    """Return a new person who belongs to no workspace yet. Raises EmailTaken."""
    try:
        with transaction.atomic():
            return accounts.create_person(email=email, name=name, password=password, time_zone=time_zone)
    except IntegrityError as error:
        raise EmailTaken from error
