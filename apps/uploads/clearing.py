"""Deleting what an upload has stored and nobody needs: all of a dropped one, what a complete one did not use.

A job, because the store may be away for a while; it may be killed and repeated at any point.

Addresses that were signed before live on for up to an hour (ADDRESS_LIVES_S). The local store asks the ledger and
refuses what nobody waits for any more. A bucket cannot ask: bytes of a dropped recording's part that are sent after
this job stay in it without a row in the ledger. A file's cannot, since its multipart upload is gone.
"""

from typing import Any

import structlog

from apps.core import jobs, ledger
from apps.core.claims import Claim
from apps.core.jobs import GiveUp, NotNow
from apps.core.models import StoredObject
from apps.core.store import get_store
from apps.uploads.models import Upload
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
    """Delete the upload's leftovers. Raises NotNow while the store is away, GiveUp when it refuses."""
    upload = Upload.objects.select_related("source__video").filter(public_id=claim.payload["upload"]).first()
    if upload is None or upload.is_open or upload.source.rest_until is not None:
        return  # what was not used yet may still be: the recording can be reopened
    try:
        # The store may know more of them than we do: killed, or cut off, between its beginning one and our noting it.
        for begun in tuple(get_store().multiparts(upload.key_prefix)):
            get_store().abort_multipart(begun.key, begun.upload_id)
        leftovers = _leftovers(upload)
        for start in range(0, len(leftovers), AT_ONCE):
            claim.check()
            ledger.delete(leftovers[start : start + AT_ONCE])
    except StoreError as error:
        log.warning("upload_not_cleared", upload=upload.public_id, error=str(error))
        raise (GiveUp("store_refused") if error.permanent else NotNow("store_unavailable")) from error
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
