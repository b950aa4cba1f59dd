"""Play grants: what stands in the address of every playlist, segment and poster.

A grant names a video and on what it rests: a member, or a share link. It opens nothing by itself; at each
request the member's rights or the link's row are looked up again (apps/sharing/views.py). It lives long
enough for a paused tab and a long video, because a player never asks for a playlist twice; and it is the
same for everybody's next half day, so that a browser may keep what it has got.
"""

import time
from dataclasses import dataclass

from django.core import signing

from apps.core.errors import Expired, NotFound
from apps.core.viewer import Viewer
from apps.sharing.models import ShareLink
from apps.sharing.viewers import viewer_of_person
from apps.videos.models import Video

SALT = "videoshare.play"
PERIOD_S = 12 * 3600
PERIODS = 3  # a grant lives for 24 to 36 hours


@dataclass(frozen=True)
class Grant:
    """What a grant in an address says: rows' numbers, of which one of person_id and link_id is set."""

    video_id: int
    person_id: int | None
    link_id: int | None
    link_proof: str


def grant_for(*, viewer: Viewer, video: Video) -> str:
    """Return the grant of this viewer for a video they may watch. A member's own right stands before a link's."""
    if viewer.person_id is not None and Video.objects.listed_for(viewer).filter(pk=video.pk).exists():
        return _sign(f"m.{viewer.person_id}", video.pk)
    link = viewer.link_for(video.pk)
    if link is None:
        raise NotFound
    return _sign(f"l.{link.link_id}.{_proof(ShareLink.objects.get(pk=link.link_id))}", video.pk)


def member_grant(*, person_id: int, video_id: int) -> str:
    """Return a member's grant without looking at their rights: those are looked up when it is used."""
    return _sign(f"m.{person_id}", video_id)


def read_grant(text: str) -> Grant:
    """Return what the grant says. Raises NotFound for what we have not signed, and for one that is too old."""
    try:
        period, video_id, kind, row, *proof = signing.Signer(salt=SALT, sep="~").unsign(text).split(".")
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    if not 0 <= _period() - int(period) < PERIODS:
        raise NotFound
    number = int(row)
    return Grant(
        video_id=int(video_id),
        person_id=number if kind == "m" else None,
        link_id=number if kind == "l" else None,
        link_proof=proof[0] if proof else "",
    )


def video_of(grant: Grant) -> Video:
    """Return the grant's video if what it rests on still holds. Raises NotFound, or Expired for an expired link."""
    videos = Video.objects.select_related("current_publication", "current_source")
    if grant.person_id is not None:
        viewer = viewer_of_person(grant.person_id)
        video = videos.viewable_by(viewer).filter(pk=grant.video_id).first() if viewer else None
    else:
        link = ShareLink.objects.open().filter(pk=grant.link_id or 0, video_id=grant.video_id).first()
        if link is None or _proof(link) != grant.link_proof:
            raise NotFound
        if link.has_expired:
            raise Expired
        video = videos.kept().filter(pk=grant.video_id).first()
    if video is None:
        raise NotFound
    return video


def may_download(grant: Grant) -> bool:
    """Return whether whoever brings the grant may save the file: members may, and who has a link that says so."""
    if grant.link_id is None:
        return grant.person_id is not None
    return ShareLink.objects.filter(pk=grant.link_id, can_download=True).exists()


def _sign(rests_on: str, video_id: int) -> str:
    return signing.Signer(salt=SALT, sep="~").sign(f"{_period()}.{video_id}.{rests_on}")


def _period() -> int:
    return int(time.time()) // PERIOD_S


def _proof(link: ShareLink) -> str:
    """Return what changes when the link asks for more than before, so that grants given until then end."""
    asks = f"{link.pk}:{link.password_hash}:name" if link.needs_name else f"{link.pk}:{link.password_hash}"
    return signing.Signer(salt=SALT).signature(asks)[:12]
