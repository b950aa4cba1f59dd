"""What changes about share links and guests."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.accounts.models import Person
from apps.accounts.services import digest_of
from apps.core import throttles
from apps.core.errors import TooMany, try_again_in
from apps.core.ids import new_token
from apps.sharing.errors import LinkRevoked, TooManyLinks, WrongPassword
from apps.sharing.models import Guest, ShareLink
from apps.videos.models import Video
from apps.workspaces.models import Workspace

LAST_USED_STEP = timedelta(minutes=1)  # a row is not written at every request
MOST_LINKS = 50  # of one video, revoked ones aside; more than anybody keeps an eye on
MOST_REVOKED = 150
UNLOCK_SALT = "videoshare.unlocked"
GUEST_SALT = "videoshare.guest"


@transaction.atomic
def create_share_link(*, video: Video, created_by: Person | None, password: str = "", **rules: Any) -> ShareLink:
    """Return a new link to the video; `rules` are fields of ShareLink. Raises TooManyLinks beside MOST_LINKS others."""
    Video.objects.select_for_update().get(pk=video.pk)  # of two new links at once, the second counts the first
    if video.share_links.filter(revoked_at__isnull=True).count() >= MOST_LINKS:
        raise TooManyLinks(most=MOST_LINKS)
    link = ShareLink(video=video, created_by=created_by, **rules)
    link.set_password(password)
    link.save()
    return link


def edit_share_link(*, link: ShareLink, **rules: Any) -> ShareLink:
    """Return the link with other rules; a password of "" takes the password away.

    Only what is named is written, and only while the link is not revoked: a link that is revoked at the same
    moment stays as it was, and LinkRevoked is raised.
    """
    if "password" in rules:
        link.set_password(rules.pop("password"))
        rules["password_hash"] = link.password_hash
    unrevoked = ShareLink.objects.filter(pk=link.pk, revoked_at__isnull=True)
    if not (unrevoked.update(**rules) if rules else unrevoked.exists()):
        raise LinkRevoked
    link.refresh_from_db()
    return link


def links_of(video: Video) -> list[ShareLink]:
    """Return the video's links, newest first: all that are not revoked, and the last MOST_REVOKED that are."""
    links = video.share_links.order_by("-pk")
    kept = list(links.filter(revoked_at__isnull=True))
    revoked = list(links.filter(revoked_at__isnull=False)[:MOST_REVOKED])
    return sorted(kept + revoked, key=lambda link: -link.pk)


def revoke_share_link(*, link: ShareLink) -> None:
    """End the link: its page at once, the bytes within a minute. Nothing happens to one that is revoked."""
    ShareLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def first_share_link(video: Video) -> ShareLink | None:
    """Return the link that a video's author copies: the oldest one that is valid, made with the video as a rule."""
    return first_share_links([video]).get(video.pk)


def first_share_links(videos: Iterable[Video]) -> dict[int, ShareLink]:
    """Return first_share_link of each of these videos by its row, in one query; those without one are missing."""
    links = ShareLink.objects.valid().filter(video__in=[video.pk for video in videos]).order_by("-pk")
    return {link.video_id: link for link in links}


def url_of(link: ShareLink) -> str:
    """Return the address of the link's page."""
    return f"{settings.ADDRESS.url}{reverse('share', kwargs={'token': link.token})}"


def note_use(*, link: ShareLink) -> None:
    """Remember that the link was used, to the minute: what stands there is at most LAST_USED_STEP old."""
    now = timezone.now()
    if link.last_used_at is None or now - link.last_used_at > LAST_USED_STEP:
        ShareLink.objects.filter(pk=link.pk).update(last_used_at=now)


def unlock(*, link: ShareLink, password: str, address: str) -> str:
    """Return the share token that opens a link with a password; `address` is where the try comes from.

    Raises WrongPassword for a wrong one, and TooMany after five of them in a quarter of an hour. A try counts
    before it is looked at, so that many at once are no more than five; the right one is given back.
    """
    if not link.has_password:
        return link.token
    here = throttles.take("unlock", link.pk, address)
    try:
        anywhere = throttles.take("unlock_link", link.pk)
    except TooMany:
        throttles.give_back(here)
        raise
    if link.check_password(password):
        throttles.give_back(here, anywhere)
        return unlocked_token(link)
    if here.left == 0:
        raise WrongPassword(f"{WrongPassword.message} {try_again_in(here.wait_s)}")
    raise WrongPassword


def unlocked_token(link: ShareLink) -> str:
    """Return the link's token with a proof that its present password was given; a new password ends it."""
    proof = signing.Signer(salt=UNLOCK_SALT).signature(f"{link.token}:{link.password_hash}")
    return f"{link.token}.{proof}"


def is_unlocked_by(link: ShareLink, share_token: str) -> bool:
    """Return whether this share token opens the link: always without a password, else by unlock's proof."""
    return not link.has_password or constant_time_compare(share_token, unlocked_token(link))


def guest_token_for(*, link: ShareLink, client_id: UUID | None) -> str:
    """Return a new token for a guest who came by this link; the same one for the same client_id.

    Tokens are kept as hashes, so a repeated request could not be answered with the first one otherwise. A
    client_id is random and known to its browser alone, and the signature cannot be made without our key.
    """
    if client_id is None:
        return new_token()
    return signing.Signer(salt=GUEST_SALT).signature(f"{link.pk}:{client_id}")


def create_guest(*, workspace: Workspace, name: str, token: str) -> Guest:
    """Return a new guest for whom this token speaks."""
    return Guest.objects.create(workspace=workspace, name=name, token_digest=digest_of(token))


def guest_of_token(token: str) -> Guest | None:
    """Return the guest whose token this is, None for any other text."""
    return Guest.objects.filter(token_digest=digest_of(token)).first()
