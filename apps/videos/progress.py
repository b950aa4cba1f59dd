"""How far the making of a video has come, as one number that only rises."""

from apps.core.models import Job
from apps.videos.models import Video
from apps.videos.services import PUBLISH, TRANSCODE, job_key

PUBLISH_SHARE = 0.2  # of the whole, when a transcode follows: it takes by far the longer part


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
        return round(PUBLISH_SHARE + (1 - PUBLISH_SHARE) * transcode.progress, 3)
    return round(PUBLISH_SHARE * publish.progress, 3) if publish is not None else 0.0
