"""The page behind a guest's personal link: it leads on to the watch page, and this browser speaks as the guest."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.core.api import viewer_of
from apps.core.ids import PUBLIC_ID_LENGTH
from apps.sharing import personal
from apps.sharing.models import Guest
from apps.sharing.viewers import best_token, remember_guest, remember_link

COMMENT_ID = re.compile(rf"[\w-]{{{PUBLIC_ID_LENGTH}}}", re.ASCII)


@require_http_methods(["GET", "HEAD", "POST"])
def personal_link(request: HttpRequest, key: str) -> HttpResponse:
    """Lead on to the video, at `?comment=` where one is named; 404 and 410 as the share link itself answers.

    A program that looks at the address for a preview takes two cookies along that nobody uses. A browser in which
    somebody else has spoken before is asked first: a link that was passed on must not change under whose name they
    write. Who is signed in speaks as themselves, whatever link they open.
    """
    link = personal.open_personal_link(key)
    if link is None:
        raise Http404
    if link.share_link.has_expired:
        return render(request, "core/expired.html", status=410)
    viewer = viewer_of(request)
    here = Guest.objects.exclude(pk=link.guest_id).filter(pk=viewer.guest_id or 0).first()
    if here is not None and request.method != "POST":
        # Both names may be told: whoever has the link, or this browser, writes under them.
        return render(request, "sharing/whose-link.html", {"name": link.guest.name, "name_here": here.name})
    response = redirect(_page(request, link.share_link.token))
    share_token = best_token(request, link.share_link, given=link.share_link.token)
    remember_link(request, response, share_token=share_token)
    if viewer.person_id is None and viewer.guest_id != link.guest_id:
        remember_guest(response, guest_token=personal.device_token(link))
    personal.note_use(link=link)
    return response


def _page(request: HttpRequest, token: str) -> str:
    comment = request.GET.get("comment", "")
    query = f"?comment={comment}" if COMMENT_ID.fullmatch(comment) else ""
    return f"{reverse('share', kwargs={'token': token})}{query}"
