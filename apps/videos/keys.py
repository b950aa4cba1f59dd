"""Every key in the store is made here. A key is written once: what changes gets a new one.

    videos/<video>/<source>/parts/<number>-<sha256>       a part of a recording, an object of its own
    videos/<video>/<source>/file                          a file, put together by the store from its parts
    videos/<video>/<publication>/<name>.<attempt>.mp4     a rendition
    videos/<video>/<publication>/pieces/<number>.<attempt>         a piece of its source, on its way to
    videos/<video>/<publication>/pieces/<number>-<name>.<attempt>  what was encoded of it for a rendition
    videos/<video>/<publication>/poster.<attempt>.jpg     its poster
    videos/<video>/<publication>/storyboard.<attempt>.jpg the sprite of its storyboard
    videos/<video>/<publication>/preview.<attempt>.webp   its preview
    videos/<video>/posters/<token>.jpg                    the poster that its author has uploaded

The attempt is that of the job that made the object: a second try, or another job, never writes over the first one's.
"""

ALL_VIDEOS = "videos/"


def video_prefix(*, video_id: str) -> str:
    """Return what all keys of a video start with; public ids throughout."""
    return f"{ALL_VIDEOS}{video_id}/"


def source_prefix(*, video_id: str, source_id: str) -> str:
    """Return what all keys of a source start with."""
    return f"{video_prefix(video_id=video_id)}{source_id}/"


def part_key(*, video_id: str, source_id: str, number: int, sha256: str) -> str:
    """Return the key of a recording's part; numbers count from 1, `sha256` is the promised one in hex.

    Another promise for the number has another key, so that a late PUT of the first cannot write over the second.
    """
    return named_part_key(video_id=video_id, source_id=source_id, name=f"{number:06d}-{sha256[:16]}")


def named_part_key(*, video_id: str, source_id: str, name: str) -> str:
    """Return the key of the recording's part whose key ends with `name`."""
    return f"{source_prefix(video_id=video_id, source_id=source_id)}parts/{name}"


def file_key(*, video_id: str, source_id: str) -> str:
    """Return the key of an uploaded file."""
    return f"{source_prefix(video_id=video_id, source_id=source_id)}file"


def rendition_key(*, video_id: str, publication_id: str, name: str, attempt: str) -> str:
    """Return the key of a rendition made by this attempt of a job."""
    return f"{video_prefix(video_id=video_id)}{publication_id}/{name}.{attempt}.mp4"


def piece_key(*, video_id: str, publication_id: str, number: int, attempt: str, name: str = "") -> str:
    """Return the key of a piece of a source, or of what this attempt of a job has encoded of it for a rendition."""
    what = f"{number:05d}-{name}" if name else f"{number:05d}"
    return f"{video_prefix(video_id=video_id)}{publication_id}/pieces/{what}.{attempt}"


def poster_key(*, video_id: str, publication_id: str, attempt: str) -> str:
    """Return the key of a poster made by this attempt of a job."""
    return f"{video_prefix(video_id=video_id)}{publication_id}/poster.{attempt}.jpg"


def storyboard_key(*, video_id: str, publication_id: str, attempt: str) -> str:
    """Return the key of a storyboard's sprite made by this attempt of a job."""
    return f"{video_prefix(video_id=video_id)}{publication_id}/storyboard.{attempt}.jpg"


def preview_key(*, video_id: str, publication_id: str, attempt: str) -> str:
    """Return the key of a preview made by this attempt of a job."""
    return f"{video_prefix(video_id=video_id)}{publication_id}/preview.{attempt}.webp"


def own_poster_key(*, video_id: str, token: str) -> str:
    """Return the key of a poster that was uploaded; each upload has a token of its own."""
    return f"{video_prefix(video_id=video_id)}posters/{token}.jpg"
