"""What a key may look like, the same for every store.

A key is a relative path of segments: `videos/4fz…/source.mp4`. It never starts with "/", no segment
is empty, "." or "..", starts with a dot, or holds anything but letters, digits, ".", "_" and "-".
So a key is safe as a file name, in a URL without quoting, and in an S3 policy. No key is also the
folder of another key: a file system cannot hold `a` beside `a/b`.
"""

import re

from media.store.errors import BadKey

# S3 allows 1,024 bytes; file systems 255 bytes a segment.
MAX_KEY_LENGTH = 900
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_PREFIX = re.compile(rf"(?:{_SEGMENT}/)+")


def check_key(key: str) -> str:
    """Return `key` when it is one, else raise BadKey."""
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise BadKey(f"{key[:100]!r} is not a key")
    return key


def check_prefix(prefix: str) -> str:
    """Return `prefix` when it is one: whole segments with a "/" at the end. Else raise BadKey.

    Half segments are refused: deleting `videos/1` must not take `videos/10` with it. So is the empty
    prefix, which would mean everything.
    """
    if len(prefix) > MAX_KEY_LENGTH or not _PREFIX.fullmatch(prefix):
        raise BadKey(f"{prefix[:100]!r} is not a prefix: whole segments, and a '/' at the end")
    return prefix
