"""The one mail of a day for a member: what is new, at nine in the morning where they are, and none when nothing is.

The sweep asks each minute whose wall clock shows nine or later and who has no row for today; a server that was off at
nine catches up until eight in the evening. What a mail tells ends at nine all the same, and begins where the last one
that certainly went out ended: a day without a mail is folded into the next.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core import signing
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import Person
from apps.attention import delivery, mails, windows
from apps.attention.delivery import Outcome
from apps.attention.models import Digest, MailState
from apps.insights.news import News, new_for
from apps.workspaces.models import Membership

log = structlog.get_logger(__name__)

STOP_SALT = "videoshare.digest"
MOST_LINES = 20  # of each kind; a mail is read in a minute, the library has the rest
FOLDS = timedelta(days=31)  # how far back a mail looks after a long silence
FIRST = timedelta(days=1)  # how far back the first one looks
ZONE_CHANGE_GAP = timedelta(hours=20)  # after a move to another zone, where the next nine o'clock may be soon


def make_due(now: datetime) -> int:
    """Make today's rows of all whose mail is due. Return how many.

    Three queries whatever the number of people: the zones they live in, for each date that the open ones show (at
    most three) who has no row yet, and the rows.
    """
    wanted = Person.objects.filter(is_active=True, wants_digest=True).exclude(email="")
    names = wanted.order_by().values_list("time_zone", flat=True).distinct()
    made = 0
    for day, zones in windows.open_zones(now, names, opens=windows.DIGEST_AT).items():
        rows = Digest.objects.filter(person=OuterRef("pk"))
        just_now = Q(sent_at__gt=now - ZONE_CHANGE_GAP)
        just_now |= Q(state__in=[MailState.DUE, MailState.SENDING], try_after__gt=now - ZONE_CHANGE_GAP)
        elsewhere = rows.filter(just_now).exclude(time_zone=OuterRef("time_zone"))
        waiting = (
            wanted.filter(time_zone__in=zones)
            .filter(Exists(Membership.objects.filter(person=OuterRef("pk"))))
            .filter(~Exists(rows.filter(day=day)), ~Exists(elsewhere))
        )
        # Another sweep at the same moment meets the unique key and makes nothing.
        new = [
            Digest(person_id=pk, day=day, time_zone=zone, covers_until=windows.moment_of(day, windows.DIGEST_AT, zone))
            for pk, zone in waiting.values_list("pk", "time_zone")
        ]
        Digest.objects.bulk_create(new, ignore_conflicts=True)
        made += len(new)
    return made


def send(digest: Digest) -> None:
    """Send the mail of this row, if there is something to tell and it is still its day."""
    rows, now = Digest.objects.filter(pk=digest.pk), timezone.now()
    if windows.open_day(now, digest.time_zone, opens=windows.DIGEST_AT) != digest.day:
        rows.filter(state=MailState.DUE).update(state=MailState.FAILED)
        log.warning("digest_missed", day=str(digest.day))
        return
    person, until = digest.person, digest.covers_until or now
    since = _since(digest, until)
    news = _news(person, since, until)
    rows.filter(state=MailState.DUE).update(covers_from=since)
    if not news:
        rows.filter(state=MailState.DUE).update(state=MailState.NOTHING_NEW)
        return
    wanted = {"person__wants_digest": True, "person__is_active": True}
    outcome = delivery.deliver_row(rows, message_for(digest, news), still_wanted=wanted)
    if outcome is Outcome.NOT_OURS:
        rows.filter(state=MailState.DUE).update(state=MailState.FAILED)  # stopped while it was written
    log.info("digest", day=str(digest.day), outcome=outcome.value, videos=len(news))


def message_for(digest: Digest, news: list[News]) -> Any:
    """Return the mail that tells this person this news."""
    videos = [line for line in news if line.kind == "video"]
    said = [line for line in news if line.kind != "video"]
    context = {
        "name": mails.line_of(digest.person.display_name),
        "videos": [_line(line) for line in videos[:MOST_LINES]],
        "said": [_line(line) for line in said[:MOST_LINES]],
        "summary": summary(videos),
        "more": max(0, len(videos) - MOST_LINES) + max(0, len(said) - MOST_LINES),
        "library_url": f"{settings.ADDRESS.url}{reverse('library')}",
    }
    return mails.compose(
        to=digest.person.email,
        subject=_subject(videos, said),
        template="digest",
        context=context,
        stop_key=stop_key(digest.person),
        row=f"digest:{digest.person.public_id}:{digest.day}",
    )


def summary(videos: list[News]) -> str:
    """Return "4 videos, 17 minutes", "" for none; without the minutes while no length is known."""
    if not videos:
        return ""
    count, minutes = len(videos), sum(line.minutes or 0 for line in videos)
    words = ngettext("%(count)d video", "%(count)d videos", count) % {"count": count}
    if not minutes:
        return words
    return f"{words}, {ngettext('%(count)d minute', '%(count)d minutes', minutes) % {'count': minutes}}"


def stop_key(person: Person) -> str:
    """Return what stands in the person's mails and stops them, and nothing else."""
    return signing.Signer(salt=STOP_SALT, sep=".").sign(person.public_id)


def person_of_stop_key(key: str) -> Person | None:
    """Return whose mails this key stops, None for a text that we have not signed."""
    try:
        public_id = signing.Signer(salt=STOP_SALT, sep=".").unsign(key)
    except signing.BadSignature:
        return None
    return Person.objects.filter(public_id=public_id).first()


def clear(now: datetime) -> int:
    """Delete the rows of days that no mail looks back to any more. Return how many."""
    deleted, _by_model = Digest.objects.filter(day__lt=(now - FOLDS - FIRST).date()).delete()
    return deleted


def _since(digest: Digest, until: datetime) -> datetime:
    """Return where the last mail ended that was sent, or had nothing to tell; without one, where the first began."""
    before = Digest.objects.filter(person=digest.person, day__lt=digest.day, covers_until__isnull=False)
    told = before.filter(state__in=[MailState.SENT, MailState.NOTHING_NEW]).order_by("-day").first()
    first = before.order_by("day").first()
    if told is not None and told.covers_until is not None:
        began = told.covers_until
    else:
        began = (first.covers_until if first is not None and first.covers_until is not None else until) - FIRST
    return max(began, until - FOLDS)


def _news(person: Person, since: datetime, until: datetime) -> list[News]:
    """Return what came in between, and videos sent before that could be watched only since then."""
    news = new_for(person, since=since, until=until)
    told = {line.video.pk for line in news}
    for line in new_for(person, since=since - FIRST, until=since):
        shown = line.video.current_publication
        if line.kind == "video" and line.video.pk not in told and shown is not None and shown.created_at >= since:
            news.append(line)
    return news


def _subject(videos: list[News], said: list[News]) -> str:
    """Return what stands in the list of mails: how much it is, and no title for whoever looks over a shoulder."""
    parts = [summary(videos)] if videos else []
    if said:
        parts.append(ngettext("%(count)d conversation", "%(count)d conversations", len(said)) % {"count": len(said)})
    return _("New for you: %(what)s") % {"what": ", ".join(parts)}


def _line(line: News) -> dict[str, Any]:
    """Return one line of the mail."""
    path = reverse("watch", kwargs={"public_id": line.video.public_id})
    where = f"{path}?comment={line.comment.public_id}" if line.comment is not None and line.kind != "video" else path
    return {
        "title": mails.line_of(line.video.display_title) or _("Untitled video"),
        "sentence": _sentence(line),
        "url": f"{settings.ADDRESS.url}{where}",
    }


def _sentence(line: News) -> str:
    """Return who and how much: "Ana · 3 minutes", "2 new comments by Ben and Gus"."""
    who = mails.join_names(line.who)
    if line.kind == "mention":
        return ngettext(
            "%(count)d new comment by %(who)s, to you by name",
            "%(count)d new comments by %(who)s, to you by name",
            line.count,
        ) % {"count": line.count, "who": who}
    if line.kind == "answers":
        return ngettext("%(count)d new comment by %(who)s", "%(count)d new comments by %(who)s", line.count) % {
            "count": line.count,
            "who": who,
        }
    if not line.minutes:
        return who
    return f"{who} · {ngettext('%(count)d minute', '%(count)d minutes', line.minutes) % {'count': line.minutes}}"
