"""What can go wrong between us and an object store.

Every error says whether trying the same again can help: `permanent` errors end a job or a request,
the others are retried after a while. No message holds a secret, a signed address or a path of the
machine, so that each may be logged.
"""

from typing import ClassVar


class StoreError(Exception):
    """Something the store was asked for did not happen."""

    permanent: ClassVar[bool] = True


class BadKey(StoreError, ValueError):
    """The key or prefix breaks the rules of `media.store.keys`: a mistake of the caller."""


class ObjectMissing(StoreError):
    """There is no object with this key (any more)."""


class MultipartMissing(StoreError):
    """There is no such multipart upload (any more): completed, aborted, or cleared by the store."""


class MultipartIncomplete(StoreError):
    """The parts named at completion are not all there, not as named, or do not fit together."""


class PartMismatch(StoreError):
    """The bytes that arrived are not the promised ones: another size or another SHA-256."""


class PartConflict(StoreError):
    """This part is confirmed with other bytes; a confirmed part is never written again."""


class BadToken(StoreError):
    """The token was not signed by us, or is cut off."""


class TokenExpired(StoreError):
    """The token was ours, and its time is over; a fresh one helps."""


class StoreRefused(StoreError):
    """The store understood and said no: wrong credentials, no such bucket, rights missing.

    Somebody has to change a setting first.
    """


class StoreFull(StoreError):
    """No space left, or a quota of the store is reached. Helps once somebody made room."""

    permanent: ClassVar[bool] = False


class StoreUnavailable(StoreError):
    """The store did not answer, or failed by its own account. The same call may work in a moment."""

    permanent: ClassVar[bool] = False
