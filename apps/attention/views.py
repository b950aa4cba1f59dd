"""The pages that mails lead to: confirm, and stop.

Programs open the links of a mail before its reader does, so opening one changes nothing: a button does. Stopping is
also what a mail program does by itself at a click (RFC 8058), by a POST without cookies, so no CSRF token is asked
for there: the key in the address is the authority, and all it can do is to stop.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.attention import digests, services
from apps.attention.models import AnswerSubscription


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """Confirm an address by its button. 404 for a wrong key, one that was stopped, or was not used for a week.

    The page leads nowhere: who asked has the video before them, and a stranger whose address was typed by mistake
    gets no way in by pressing a button.
    """
    subscription = get_object_or_404(AnswerSubscription, key=key, stopped_at__isnull=True)
    if request.method == "POST":
        services.confirm(subscription=subscription)
    elif subscription.confirmed_at is None:
        return render(request, "attention/confirm.html")
    return render(request, "attention/confirmed.html")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, key: str) -> HttpResponse:
    """Stop the mails that this key stands in: a member's daily one, or a guest's about one video. Repeatable."""
    person = digests.person_of_stop_key(key) if "." in key else None
    subscription = None if "." in key else AnswerSubscription.objects.filter(key=key).first()
    if person is None and subscription is None:
        raise Http404
    if request.method == "POST":
        if person is not None:
            services.stop_digest(person=person)
        elif subscription is not None:
            services.stop(subscription=subscription)
    has_ended = request.method == "POST" or _has_ended(person, subscription)
    return render(request, "attention/stop.html", {"is_digest": person is not None, "has_ended": has_ended})


def _has_ended(person: object, subscription: AnswerSubscription | None) -> bool:
    if subscription is not None:
        return subscription.stopped_at is not None
    return not getattr(person, "wants_digest", False)
