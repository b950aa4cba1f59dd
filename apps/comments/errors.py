"""What can go wrong about comments."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError


class EditConflict(DomainError):
    """Somebody changed the comment since the editor read it; `comment` in the body is the newer one."""

    code = "edit_conflict"
    status_code = status.HTTP_409_CONFLICT
    message = _("This comment was changed meanwhile. Your text is kept; look at the newer one first.")

    def __init__(self, *, comment: dict[str, Any]) -> None:
        super().__init__(comment=comment)


class NameNeeded(DomainError):
    """A guest speaks under a name, which they have not given yet."""

    code = "name_needed"
    status_code = status.HTTP_401_UNAUTHORIZED
    message = _("Please give your name first.")


class CommentsOff(DomainError):
    """The share link does not allow comments."""

    code = "permission_denied"
    status_code = status.HTTP_403_FORBIDDEN
    message = _("Comments are not open on this link.")
