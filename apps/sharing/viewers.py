"""Who asks: reads session, headers and cookies of a request into a `Viewer`.

Order: Authorization, else the session, else the guest. Share-Token says what may be seen, Guest-Token who
speaks; programs send both as headers, a browser keeps both in one cookie each. The link's row is read at
every request, so that a revoked or changed link counts at once.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from apps.accounts.models import Person
from apps.accounts.services import person_of_token
from apps.core.errors import Expired
from apps.core.viewer import NOBODY, LinkRights, Viewer
from apps.sharing import personal, services
from apps.sharing.errors import WrongToken
from apps.sharing.models import Guest, PersonalLink, ShareLink
from apps.workspaces.models import Membership

SHARE_COOKIE = "videoshare_share"
GUEST_COOKIE = "videoshare_guest"
COOKIE_AGE_S = 60 * 60 * 24 * 180
REMEMBERED_LINKS = 12  # the links a browser has opened last; keeps the cookie below 1 KB


@dataclass(frozen=True)
class Identity:
    """A viewer, the rows behind it, and whether a cookie of the browser took part in it (then CSRF counts)."""

    viewer: Viewer
    person: Person | None
    guest: Guest | None
    by_cookie: bool


def identify(request: HttpRequest) -> Identity:
    """Return who asks. Raises WrongToken for a token in a header that is not valid, even beside a session."""
    person, person_by_cookie = _person_of(request)
    links, links_by_cookie = _links_of(request)
    guest, guest_by_cookie = _guest_of(request)
    viewer = _viewer_for(person=person, guest=None if person else guest, links=links)
    by_cookie = person_by_cookie or links_by_cookie or guest_by_cookie
    return Identity(viewer=viewer, person=person, guest=None if person else guest, by_cookie=by_cookie)


def viewer_of_person(person_id: int) -> Viewer | None:
    """Return the viewer that this person is without any link, None when they may no longer sign in."""
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    return None if person is None else _viewer_for(person=person, guest=None, links=())


def rights_of(link: ShareLink, *, share_token: str) -> LinkRights:
    """Return what the link allows whoever brings this share token."""
    return LinkRights(
        link_id=link.pk,
        video_id=link.video_id,
        workspace_id=link.video.workspace_id,
        can_comment=link.can_comment,
        can_download=link.can_download,
        needs_name=link.needs_name,
        conversation=link.conversation,  # type: ignore[arg-type]  # its choices are the Literal's values
        needs_password=not services.is_unlocked_by(link, share_token),
    )


def link_of_token(share_token: str) -> ShareLink | None:
    """Return the open link of a share token, whether unlocked or not; None for any other text. May have expired."""
    return ShareLink.objects.open().filter(token=share_token.partition(".")[0]).first()


def best_token(request: HttpRequest, link: ShareLink, *, given: str) -> str:
    """Return the share token that opens the link: the given one, else one the browser's cookie holds unlocked.

    The address of a page has the bare token; after its password was given, the cookie has the proof.
    """
    known = [token for token in _remembered(request) if token.startswith(f"{link.token}.")]
    return next((token for token in [given, *known] if services.is_unlocked_by(link, token)), given)


def remember_link(request: HttpRequest, response: HttpResponse, *, share_token: str) -> None:
    """Put a share token first into the browser's cookie, in place of an older one of the same link."""
    bare = share_token.partition(".")[0]
    others = [token for token in _remembered(request) if token.partition(".")[0] != bare]
    _set_cookie(response, SHARE_COOKIE, "~".join([share_token, *others][:REMEMBERED_LINKS]))


def remember_guest(response: HttpResponse, *, guest_token: str) -> None:
    """Put a guest's token into the browser's cookie."""
    _set_cookie(response, GUEST_COOKIE, guest_token)


def personal_link_in(request: HttpRequest) -> PersonalLink | None:
    """Return the personal link on which the guest of this browser rests, None for one who gave their name here."""
    return personal.link_of_device_token(request.COOKIES.get(GUEST_COOKIE, ""))


def _viewer_for(*, person: Person | None, guest: Guest | None, links: tuple[LinkRights, ...]) -> Viewer:
    if person is None:
        if guest is None:
            return Viewer(links=links) if links else NOBODY
        return Viewer(guest_id=guest.pk, guest_workspace_id=guest.workspace_id, links=links)
    roles = dict(Membership.objects.filter(person=person).values_list("workspace_id", "role"))
    managed = frozenset(pk for pk, role in roles.items() if role != Membership.Role.MEMBER)
    return Viewer(person_id=person.pk, workspace_ids=frozenset(roles), managed_workspace_ids=managed, links=links)


def _person_of(request: HttpRequest) -> tuple[Person | None, bool]:
    """Return the person and whether the session said so."""
    authorization = request.headers.get("Authorization", "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        person = person_of_token(token.strip()) if scheme.lower() == "bearer" else None
        if person is None:
            raise WrongToken
        return person, False
    user: Any = getattr(request, "user", None) or AnonymousUser()
    return (user, True) if user.is_authenticated and user.is_active else (None, False)


def _links_of(request: HttpRequest) -> tuple[tuple[LinkRights, ...], bool]:
    """Return the rights of the request's share tokens, one for each video, and whether the cookie brought them.

    A Share-Token header stands before the cookie for its video. A header that opens nothing is refused
    (401, or 410 when its link has expired); a cookie's token that opens nothing any more is passed over.
    """
    rights: dict[int, LinkRights] = {}
    header = request.headers.get("Share-Token", "")
    if header:
        link = link_of_token(header)
        if link is None:
            raise WrongToken
        if link.has_expired:
            raise Expired
        rights[link.video_id] = rights_of(link, share_token=best_token(request, link, given=header))
    remembered = _remembered(request)
    found = {
        link.token: link
        for link in ShareLink.objects.valid().filter(token__in=[token.partition(".")[0] for token in remembered])
    }
    for token in remembered:
        known = found.get(token.partition(".")[0])
        if known is not None and known.video_id not in rights:
            rights[known.video_id] = rights_of(known, share_token=token)
    return tuple(rights.values()), bool(found)


def _guest_of(request: HttpRequest) -> tuple[Guest | None, bool]:
    """Return the guest and whether the cookie said so. Raises WrongToken for a header that names nobody."""
    header = request.headers.get("Guest-Token", "")
    if header:
        guest = _guest_of_token(header)
        if guest is None:
            raise WrongToken
        return guest, False
    cookie = request.COOKIES.get(GUEST_COOKIE, "")
    guest = _guest_of_token(cookie) if cookie else None
    return guest, guest is not None


def _guest_of_token(token: str) -> Guest | None:
    """Return whose token this is: of the device where they gave their name, or of one that their own link opened."""
    guest = services.guest_of_token(token)
    if guest is None:
        link = personal.link_of_device_token(token)
        guest = link.guest if link is not None else None
    return guest


def _remembered(request: HttpRequest) -> list[str]:
    """Return the share tokens in the browser's cookie, the latest first."""
    tokens = request.COOKIES.get(SHARE_COOKIE, "").split("~")
    # A quoted cookie can hold a NUL, which PostgreSQL refuses with an error of its own.
    return [token for token in tokens if token and token.isprintable()][:REMEMBERED_LINKS]


def _set_cookie(response: HttpResponse, name: str, value: str) -> None:
    # Our address says whether it is secure, not the request: a proxy may forget to tell that it came by https.
    secure = settings.ADDRESS.is_https
    response.set_cookie(name, value, max_age=COOKIE_AGE_S, httponly=True, samesite="Lax", secure=secure)
