"""How often one may do what: limits that hold across processes, kept in the shared cache.

A limit of N in W seconds is N slots. Whoever asks takes a free one by `cache.add` and it is free again W seconds
later. `add` is atomic on every cache we run on (a unique key in the database's table, SET NX on Redis), where `incr`
is not; so the bound holds in every window of W seconds, however many processes ask at once. It does not hold when
the cache forgets: Redis restarted without a disk, or a table above its MAX_ENTRIES, which drops a third of what it
has. And it holds for one asker: whoever has many addresses has as many times the limit, so what must not be guessed
has a second limit that counts everybody.

    throttles.take("guests", throttles.address_of(request))     in a page or a service: raises TooMany
    limits = {"POST": "comments"}                               in an ApiView: counted for who asks

TooMany becomes a 429 with Retry-After and a sentence: in the API's one shape, or as a page of its own
(apps/core/middleware.py) where a view lets it pass. Tests set a row of LIMITS anew.
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.core.errors import TooMany
from apps.core.viewer import Viewer

IPV6_NETWORK = 64  # bits; one household or server has a whole /64 to itself


@dataclass(frozen=True)
class Limit:
    """At most `times` in any `within_s` seconds; `sentence` says what was too much.

    Keep `times` at 300 or less: each is an entry in the cache once it is used.
    """

    times: int
    within_s: int
    sentence: str | Promise = ""


LIMITS: dict[str, Limit] = {
    # Ten guesses at most in half an hour: hopeless against any password that is not among the first ten.
    "unlock": Limit(5, 15 * 60, _("Those were too many wrong passwords.")),
    # Wrong passwords of a link from anywhere. High enough that sixty people may mistype theirs, and that shutting
    # everybody out takes forty addresses; low enough that a thousand addresses guess no faster than 4,800 a day.
    "unlock_link": Limit(200, 3600, _("Those were too many wrong passwords.")),
    # An office behind one address opens the link to an all-hands at the same moment.
    "guests": Limit(60, 10 * 60),
    # Asking for mails about answers: an address mistyped a few times, by one guest and by an office.
    "answer_mail": Limit(10, 24 * 3600, _("That is enough for today.")),
    "answer_mail_address": Limit(60, 24 * 3600, _("That is enough for today.")),
    # Confirming mails, which may go to somebody who never asked: one a day to an address, whoever names it; and
    # about one video no more than a large audience asks for in a day, so that a public link is no way to write to many.
    "answer_mail_to": Limit(1, 24 * 3600),
    "answer_mail_video": Limit(200, 24 * 3600),
    # Twice as fast as anybody types sentences and sends each one; a paste that got stuck on Enter is stopped.
    "comments": Limit(40, 60, _("Those were a lot of comments at once.")),
    # A guest is made by a name, so whoever floods makes many: what guests write from one address counts together.
    # An office of twenty behind one address that all write during one all-hands stays below it.
    "comments_from_address": Limit(120, 60, _("Those were a lot of comments at once.")),
    # Clicking down a long thread, and back again.
    "reactions": Limit(90, 60),
    "reactions_from_address": Limit(240, 60),
    # Mails with a link to set a password, to whatever address somebody names: a few in an hour to one address, lest it
    # be somebody's way to fill another's mailbox, and from one address no more than an office asks for.
    "password_mails_to": Limit(5, 3600, _("That address was written to just now.")),
    "password_mails": Limit(40, 3600, _("That was asked for many times.")),
    # A team is invited in an afternoon; somebody's stolen session does not mail the world.
    "invites": Limit(60, 3600, _("Those were many invites at once.")),
    # A whole company joins by one link after its all-hands, behind one address.
    "new_accounts": Limit(150, 3600, _("Many accounts were made here just now.")),
}


@dataclass(frozen=True)
class Taken:
    """A slot that was taken: how many are left beside it, and in how many seconds the next one comes free."""

    key: str
    left: int
    wait_s: int


def take(scope: str, *who: object) -> Taken:
    """Count one more of `scope` for `who`, any values that name them. Raises TooMany when there were enough."""
    limit = LIMITS[scope]
    name = hashlib.sha256(repr((scope, *map(str, who))).encode()).hexdigest()[:32]
    keys = [f"limit:{name}:{slot}" for slot in range(limit.times)]
    now = time.time()
    held = cache.get_many(keys)
    for key in keys:
        if key not in held and cache.add(key, now + limit.within_s, limit.within_s):
            frees_at = min(held.values(), default=now + limit.within_s)
            return Taken(key=key, left=max(0, limit.times - len(held) - 1), wait_s=round(frees_at - now))
    frees_at = min(cache.get_many(keys).values(), default=now + 1)
    raise TooMany(wait_s=round(frees_at - now), what=limit.sentence)


def give_back(*taken: Taken) -> None:
    """Let these not have counted, as a right password does not."""
    cache.delete_many([one.key for one in taken])


def address_of(request: HttpRequest) -> str:
    """Return from where a request comes, an IPv6 one to its /64; "" where that cannot be told.

    With an https address a reverse proxy stands before us, for we speak no TLS. What it says in X-Forwarded-For
    is believed where it comes from a private address, as a proxy beside us does: of the entries the last, which
    it has written itself. All before it is whatever the client has sent.
    """
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    if peer is not None and settings.ADDRESS.is_https and not peer.is_global:
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        peer = _parsed(told) or peer
    if peer is None:
        return ""
    if isinstance(peer, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((peer, IPV6_NETWORK), strict=False))
    return str(peer)


def asker_of(viewer: Viewer, request: HttpRequest) -> str:
    """Return who is counted for a request: the member, the guest, else the address."""
    if viewer.person_id is not None:
        return f"person:{viewer.person_id}"
    if viewer.guest_id is not None:
        return f"guest:{viewer.guest_id}"
    return f"address:{address_of(request)}"


class AskerThrottle(BaseThrottle):
    """Counts each request of an ApiView for who asks, by the scope that the view's `limits` has for its method.

    Where LIMITS has a row for the scope "…_from_address" too, those who are no members are counted by their address
    as well: a guest is made by giving a name, and another one by giving another.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return True, or raise TooMany."""
        scope = getattr(view, "limits", {}).get(request.method)
        if scope is not None:
            asks: Any = request._request
            take(scope, asker_of(asks.viewer, asks))
            together, address = f"{scope}_from_address", address_of(asks)
            if together in LIMITS and address and asks.viewer.person_id is None:
                take(together, address)
        return True


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
