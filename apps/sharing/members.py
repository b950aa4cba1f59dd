"""The members of a video's workspace, as who shares it or mentions somebody picks among them."""

from dataclasses import dataclass

from django.db.models import Q

from apps.accounts.models import Person
from apps.core.viewer import Viewer
from apps.videos.models import Video

MOST = 200  # more than one reads through; a piece of the name finds the others


@dataclass(frozen=True)
class VideoMember:
    """One member beside one video. `sees_it`: they may watch it as a member."""

    public_id: str
    display_name: str
    sees_it: bool
    is_me: bool


def members_of(video: Video, *, viewer: Viewer, search: str = "") -> list[VideoMember]:
    """Return the active members of the video's workspace whose name contains `search`, by name, at most MOST."""
    people = Person.objects.filter(memberships__workspace=video.workspace_id, is_active=True)
    wanted = search.strip().replace("\0", "")
    if wanted:  # who has not given a name goes by what stands before the @ of their e-mail
        people = people.filter(Q(name__icontains=wanted) | Q(name="", email__istartswith=wanted))
    seeing = set(video.members_who_see().values_list("pk", flat=True))
    return [
        VideoMember(
            public_id=person.public_id,
            display_name=person.display_name,
            sees_it=person.pk in seeing,
            is_me=person.pk == viewer.person_id,
        )
        for person in people.order_by("name", "email")[:MOST]
    ]
