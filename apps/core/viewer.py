"""Who asks, and with what rights: a plain value that `apps.sharing` fills and every `viewable_by` reads."""

from dataclasses import dataclass, replace
from typing import Literal

Conversation = Literal["all", "own", "none"]


@dataclass(frozen=True)
class LinkRights:
    """What one share link that is valid now allows for one video.

    `needs_password` is True for a link whose password this viewer has not given yet: it then opens nothing.
    `needs_name` is the link's own rule; whether this viewer has given a name says Viewer.awaits_name.
    """

    link_id: int
    video_id: int
    workspace_id: int
    can_comment: bool
    can_download: bool
    needs_name: bool
    conversation: Conversation
    needs_password: bool = False


@dataclass(frozen=True)
class Viewer:
    """One request's viewer. All fields empty: somebody of whom nothing is known, who may see nothing.

    A member has a person_id and workspaces; whoever came by a share link has `links`, at most one for each
    video; a guest has a guest_id too, and the workspace in which that name was given. A member with a link has both
    rights and speaks as the member.
    """

    person_id: int | None = None
    workspace_ids: frozenset[int] = frozenset()
    managed_workspace_ids: frozenset[int] = frozenset()
    guest_id: int | None = None
    guest_workspace_id: int | None = None
    links: tuple[LinkRights, ...] = ()

    @property
    def open_video_ids(self) -> frozenset[int]:
        """Return the rows of the videos that the viewer's links open."""
        return frozenset(link.video_id for link in self.links if self.is_let_in_by(link))

    def link_for(self, video_id: int) -> LinkRights | None:
        """Return what the viewer's link allows for this video, None where no link opens it."""
        return next((link for link in self.links if link.video_id == video_id and self.is_let_in_by(link)), None)

    def is_let_in_by(self, link: LinkRights) -> bool:
        """Return whether the link opens its video to this viewer: nothing that it asks for is missing."""
        return not link.needs_password and not self.awaits_name(link)

    def awaits_name(self, link: LinkRights) -> bool:
        """Return whether the link asks for a name that this viewer has not given; who is signed in has one."""
        return link.needs_name and self.person_id is None and self.guest_workspace_id != link.workspace_id

    def with_link(self, link: LinkRights) -> "Viewer":
        """Return this viewer with `link` in place of any other link to the same video."""
        others = tuple(other for other in self.links if other.video_id != link.video_id)
        return replace(self, links=(link, *others))


NOBODY = Viewer()
