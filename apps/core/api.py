"""The base of every API view: the viewer of a request, and who must be signed in."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.errors import NotSignedIn
from apps.core.viewer import Viewer


def viewer_of(request: Any) -> Viewer:
    """Return the viewer that middleware or authentication has put on the request."""
    viewer: Viewer = request.viewer
    return viewer


def signed_in(request: Request) -> Any:
    """Return the person of a request that MemberView, or a look at the viewer, has let through."""
    if not request.user.is_authenticated:
        raise NotSignedIn
    return request.user


class ApiView(APIView):
    """A view whose `self.viewer` is who asks. The authentication has filled it before a handler runs.

    `limits` has, by method, the scope of apps/core/throttles.py that its requests count for.
    """

    limits: ClassVar[dict[str, str]] = {}

    @property
    def viewer(self) -> Viewer:
        return viewer_of(self.request)


class MemberView(ApiView):
    """A view for signed-in people only: 401 for everybody else, before anything is looked up."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.viewer.person_id is None:
            raise NotSignedIn
