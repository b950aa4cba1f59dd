"""A guest's way back: a link of their own, which opens the video on any device and speaks there as the same guest.

It stands on the share link by which they came and opens nothing without it: revoked, expired, in the trash, all
count for it too. A device that it has opened keeps a token that is looked up at every request, so that taking the
link back ends those devices with it; the one on which the guest gave their name has a token of its own and stays.

A share link's password is asked for again on each device. It is the author's rule for whoever comes; a personal link
says who speaks, and a link can be forwarded. So it never carries the proof that a password was given, and a new
password needs no rule of its own here.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.core.ids import PUBLIC_ID_LENGTH
from apps.sharing.models import Guest, PersonalLink, ShareLink
from apps.sharing.services import LAST_USED_STEP

SALT = "videoshare.personal"


def personal_link_of(*, guest: Guest, share_link: ShareLink) -> PersonalLink:
    """Return the guest's link to what the share link opens: always the same one, a new one after a revoke."""
    link, _is_new = PersonalLink.objects.get_or_create(guest=guest, share_link=share_link, revoked_at=None)
    return link


def revoke_personal_links(*, guest: Guest, share_link: ShareLink) -> None:
    """End the guest's link and, at their next request, the devices it has opened. Nothing happens without one."""
    PersonalLink.objects.filter(guest=guest, share_link=share_link, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )


def open_personal_link(key: str) -> PersonalLink | None:
    """Return the link of this key, None where it or its share link opens nothing any more. May have expired."""
    links = PersonalLink.objects.select_related("guest", "share_link")
    return links.filter(key=key, revoked_at__isnull=True, share_link__in=ShareLink.objects.open()).first()


def url_of(link: PersonalLink, *, comment: str = "") -> str:
    """Return the address that the guest keeps; with the public id of a comment, the one that leads to it."""
    path = reverse("personal-link", kwargs={"key": link.key})
    return f"{settings.ADDRESS.url}{path}{f'?comment={comment}' if comment else ''}"


def note_use(*, link: PersonalLink) -> None:
    """Remember that the link was used, to the minute."""
    now = timezone.now()
    if link.last_used_at is None or now - link.last_used_at > LAST_USED_STEP:
        PersonalLink.objects.filter(pk=link.pk).update(last_used_at=now)


def device_token(link: PersonalLink) -> str:
    """Return the guest token of the devices that this link has opened. It does not say the key."""
    return f"{link.public_id}.{signing.Signer(salt=SALT).signature(link.key)}"


def link_of_device_token(token: str) -> PersonalLink | None:
    """Return the link by which a device got this token, None for any other text and once the link was taken back."""
    public_id, _dot, signature = token.partition(".")
    # A quoted cookie can hold a NUL, which PostgreSQL refuses with an error of its own.
    if not signature or len(public_id) != PUBLIC_ID_LENGTH or not public_id.isprintable():
        return None
    link = PersonalLink.objects.select_related("guest").filter(public_id=public_id, revoked_at__isnull=True).first()
    return link if link is not None and constant_time_compare(token, device_token(link)) else None
