"""Deleting what an upload has stored and nobody needs: all of a dropped one, what a complete one did not use.

A job, because the store may be away for a while; it may be killed and repeated at any point.
"""

from typing import Any

import structlog

from apps.core import jobs, ledger
from apps.core.jobs import Claim, TryAgain
from apps.core.models import StoredObject
from apps.core.store import get_store
from apps.uploads.models import Upload
from apps.videos.models import Source
from media.store.errors import StoreError

log = structlog.get_logger(__name__)

CLEAR_UPLOAD = "clear_upload"
AT_ONCE = 500  # keys in one statement; SQLite takes at most 999 variables in old versions


def request_clearing(*, upload: Upload) -> None:
    """Ask for the upload's leftovers to be deleted. Call it in the transaction that ends the upload."""
    jobs.request(
        kind=CLEAR_UPLOAD,
        key=f"{CLEAR_UPLOAD}:{upload.public_id}",
        subject=upload.source.video.public_id,
        payload={"upload": upload.public_id},
    )


def clear_upload(claim: Claim) -> None:
    """Delete the upload's leftovers. Raises TryAgain for what may pass; what is refused for good is logged."""
    upload = Upload.objects.select_related("source__video").filter(public_id=claim.payload["upload"]).first()
    if upload is None or upload.is_open:
        return
    try:
        if upload.kind == Source.Kind.FILE and upload.store_upload_id:
            get_store().abort_multipart(upload.file_key, upload.store_upload_id)  # harmless after completion
        leftovers = _leftovers(upload)
        for start in range(0, len(leftovers), AT_ONCE):
            claim.check()
            ledger.delete(leftovers[start : start + AT_ONCE])
    except StoreError as error:
        if not error.permanent:
            raise TryAgain("store_unavailable") from error
        log.error("upload_not_cleared", upload=upload.public_id, error=str(error))
    else:
        log.info("upload_cleared", video=upload.source.video.public_id, upload=upload.public_id, keys=len(leftovers))


def _leftovers(upload: Upload) -> list[str]:
    """Return the keys below the source that the source does not need."""
    needed = {item["key"] for item in upload.source.stored}
    known = StoredObject.objects.filter(key__startswith=upload.key_prefix).values_list("key", flat=True)
    return [key for key in known if key not in needed]


def give_up(subject: str, payload: dict[str, Any], code: str) -> None:
    """Nothing that a person sees has failed: the ledger still names the objects, for the next who reconciles."""


def register_jobs() -> None:
    """Make the job known to apps/core/jobs.py."""
    jobs.register(jobs.Kind(CLEAR_UPLOAD, queue="publish", perform=clear_upload, give_up=give_up))
