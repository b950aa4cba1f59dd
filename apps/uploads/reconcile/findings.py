"""What can be found wrong, in one table: a name, what it means, and whether it can be mended here.

Nothing is ever deleted that might still be arriving: what is young is left alone, and so is what lies below a source
of which more may come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """One way in which rows and store can differ; the value is what the summary calls it."""

    OBJECT_WITHOUT_ROW = "objects that the ledger does not know"
    ROW_WITHOUT_OBJECT = "rows of the ledger without an object, which nobody needs"
    UNNEEDED_OBJECT = "objects that nobody needs"
    OTHER_SIZE = "objects of another size than the ledger says"
    MISSING_OBJECT = "objects that are needed and missing"
    DAMAGED_OBJECT = "objects that are needed and have another size than they should"
    BEGUN_UPLOAD = "multipart uploads in the store that nobody goes on with"
    STUCK_VIDEO = "videos that wait for a job which does not exist"
    WAITING_VIDEO = "videos that wait for an upload which does not exist"
    INCOMPLETE_VIDEO = "videos that were given up while a store or a disk was away"
    JOB_WITHOUT_SUBJECT = "jobs for videos that do not exist"
    UNKNOWN_JOB = "jobs of a kind that this release does not know"
    OVERDUE_JOB = "jobs that no worker has taken for an hour"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: `what` names it, `mend` puts it right; None where nobody but a person can."""

    kind: Kind
    what: str
    mend: Callable[[], object] | None = None
