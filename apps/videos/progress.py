"""How far the making of a video has come, as one number that only rises."""

from django.db.models import Sum

from apps.core.models import Job
from apps.videos.models import Piece, Source, Video
from apps.videos.services import JOIN, PIECE, PUBLISH, TRANSCODE, job_key

PUBLISH_SHARE = 0.2  # of the whole, when a transcode follows: it takes by far the longer part
PIECES_SHARE = 0.9  # of a transcode in pieces; the rest is for joining


def progress_of(video: Video) -> float | None:
    """Return 0 to 1 while something is being made, 1 for what is ready, None where nothing is on its way."""
    if video.status == Video.Status.READY:
        return 1.0
    if video.status != Video.Status.PROCESSING or video.current_source is None:
        return None
    keys = [job_key(kind, video.current_source) for kind in (PUBLISH, TRANSCODE)]
    jobs = {job.kind: job for job in Job.objects.filter(subject=video.public_id, key__in=keys).order_by("pk")}
    publish, transcode = jobs.get(PUBLISH), jobs.get(TRANSCODE)
    if transcode is not None:
        done = _of_pieces(video, video.current_source)
        return round(PUBLISH_SHARE + (1 - PUBLISH_SHARE) * (transcode.progress if done is None else done), 3)
    return round(PUBLISH_SHARE * publish.progress, 3) if publish is not None else 0.0


def _of_pieces(video: Video, source: Source) -> float | None:
    """Return how far a transcode in pieces has come, 0 to 1; None where it is not done in pieces."""
    pieces = Piece.objects.filter(publication__source=source, publication__revision=source.revision)
    count, made = pieces.count(), pieces.filter(made__isnull=False).count()
    if not count:
        return None
    mine = Job.objects.filter(subject=video.public_id, state__in=Job.UNFINISHED)
    under_way = mine.filter(kind=PIECE).aggregate(Sum("progress"))["progress__sum"] or 0.0
    joining = mine.filter(kind=JOIN).aggregate(Sum("progress"))["progress__sum"] or 0.0
    return PIECES_SHARE * (made + under_way) / count + (1 - PIECES_SHARE) * joining
