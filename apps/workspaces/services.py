"""What changes about teams: the first owner, further members."""

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


def has_owner() -> bool:
    """Return whether anybody owns a workspace here; until then the setup link works."""
    return Membership.objects.filter(role=Membership.Role.OWNER).exists()


def setup_link() -> str | None:
    """Return the address at which the first owner makes an account, None when there is an owner already."""
    if has_owner():
        return None
    return f"{settings.ADDRESS.url}{reverse('setup', kwargs={'key': signing.Signer(salt=SETUP_SALT).sign('owner')})}"


def is_setup_key(key: str) -> bool:
    """Return whether `key` is this installation's setup key and there is no owner yet."""
    try:
        signing.Signer(salt=SETUP_SALT).unsign(key)
    except signing.BadSignature:
        return False
    return not has_owner()


@transaction.atomic
def set_up(*, email: str, name: str, password: str, workspace_name: str) -> Person:
    """Make the first owner and the workspace. Raises AlreadySetUp for whoever comes second."""
    # The first workspace carries a marker that is unique, so of two people who set up at once one loses on it.
    if has_owner():
        raise AlreadySetUp
    person = _create(email=email, name=name, password=password)
    try:
        with transaction.atomic():
            workspace = _create_first_workspace(name=workspace_name)
    except IntegrityError as error:
        raise AlreadySetUp from error
    Membership.objects.create(workspace=workspace, person=person, role=Membership.Role.OWNER)
    return person


@transaction.atomic
def add_person(*, email: str, name: str = "", password: str | None = None) -> tuple[Person, Membership]:
    """Make a person: the owner of a new workspace where there is none, else a member of the first one.

    Raises EmailTaken when somebody has this e-mail.
    """
    person = _create(email=email, name=name, password=password)
    workspace = Workspace.objects.order_by("pk").first()
    role = Membership.Role.MEMBER
    if workspace is None:
        workspace = _create_first_workspace(name="")
        role = Membership.Role.OWNER
    elif not has_owner():
        role = Membership.Role.OWNER
    return person, Membership.objects.create(workspace=workspace, person=person, role=role)


def default_workspace_name() -> str:
    """Return the name a workspace has until its owner gives it a better one."""
    return _("Our team")


def _create_first_workspace(*, name: str) -> Workspace:
    workspace = Workspace(name=name.strip() or default_workspace_name(), setup_marker=True)
    workspace.save(force_insert=True)
    return workspace


def _create(*, email: str, name: str, password: str | None) -> Person:
    try:
        with transaction.atomic():
            return accounts.create_person(email=email, name=name, password=password)
    except IntegrityError as error:
        raise EmailTaken from error
