"""Who will read what somebody is about to write: decided by facts, said in a sentence under the box."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.viewer import Viewer
from apps.sharing.models import ShareLink
from apps.videos.models import Video


@dataclass(frozen=True)
class Audience:
    """Sentences that say who reads a comment.

    `everyone` is for one that is open; `team` for a team-only one, None for whoever may not write these. `answer`
    is for an open answer to a guest, with {name} for the guest's, where it is read by others than `everyone`; else
    None.
    """

    everyone: str
    team: str | None
    answer: str | None


def audience_of(*, video: Video, viewer: Viewer, is_member: bool) -> Audience:
    """Return who reads what this viewer writes about the video now."""
    shown_by = set(ShareLink.objects.valid().filter(video=video).values_list("conversation", flat=True))
    by_link = ShareLink.Conversation.ALL in shown_by
    author = _set_apart(video.author_name)
    if not is_member:
        return Audience(everyone=_read_with_guest(video, author, by_link=by_link), team=None, answer=None)
    workspace = _set_apart(video.workspace.name)
    answer: str | None
    if video.visibility == Video.Visibility.WORKSPACE:
        team = _("Only %(workspace)s reads this.")
        everyone = _("Everyone in %(workspace)s, and whoever has a link to this video, reads this.")
        without_links = _("Everyone in %(workspace)s reads this.")
        answer = _("Everyone in %(workspace)s, and {name}, reads this.")
    elif video.visibility == Video.Visibility.NAMED_PEOPLE:
        team = without_links = _("Only %(author)s and the people named for this video read this.")
        everyone = _("%(author)s, the people named for this video, and whoever has a link to it read this.")
        answer = _("%(author)s, the people named for this video, and {name} read this.")
    else:
        team = without_links = _("Only you read this.")
        everyone = _("You, and whoever has a link to this video, read this.")
        answer = _("You and {name} read this.")
    answered_alone = ShareLink.Conversation.OWN in shown_by and not by_link
    names = {"workspace": workspace, "author": author}
    return Audience(
        everyone=(everyone if by_link else without_links) % names,
        team=team % names,
        answer=answer % names if answered_alone else None,
    )


def _read_with_guest(video: Video, author: str, *, by_link: bool) -> str:
    """Return the sentence for somebody outside the team, who learns no names but the author's."""
    alone = video.visibility == Video.Visibility.ONLY_ME
    if alone and by_link:
        sentence = _("%(author)s, and whoever has a link to this video, read this.")
    elif alone:
        sentence = _("%(author)s reads this.")
    elif by_link:
        sentence = _("%(author)s, their team, and whoever has a link to this video read this.")
    else:
        sentence = _("%(author)s and their team read this.")
    return sentence % {"author": author}


def _set_apart(name: str) -> str:
    """Return the name isolated, so that one written from right to left does not turn the sentence around."""
    return f"\u2068{name}\u2069"
