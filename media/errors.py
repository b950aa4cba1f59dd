"""What can go wrong with a source or with the engine, one class per thing that happened.

`code` is the contract's `failure_code` and never changes; the words people read for it stand in the templates.
`permanent` tells the task whether trying again can help. `str(error)` is one English sentence for the log.
"""


class MediaError(Exception):
    """The root of all engine errors. Callers catch this one and record its `code`."""

    code = "engine_failed"
    permanent = True


class EmptySource(MediaError):
    """The source has no bytes at all. Retrying will not help."""

    code = "empty_source"


class NotMedia(MediaError):
    """The source is no audio or video: text, a playlist that points elsewhere, a picture, an archive, noise."""

    code = "not_media"


class NoMedia(MediaError):
    """The source is a media file that holds no sound and no picture, such as an init segment alone."""

    code = "no_media"


class TruncatedSource(MediaError):
    """The source ends before anything in it can be used, such as an MP4 without its index.

    A source that is cut but partly readable is accepted with what is there and does not raise this.
    """

    code = "truncated_source"


class DamagedSource(MediaError):
    """The source's bytes are not the ones that were promised when it was sent. Retrying will not help.

    To people it is what a cut file is: something of it got lost on the way, and it should be sent again.
    """

    code = "truncated_source"


class UnsupportedFormat(MediaError):
    """The source is media that we cannot read yet. `format_name` is a proper name ("AVI") that needs no translation."""

    code = "unsupported_format"

    def __init__(self, message: str, *, format_name: str) -> None:
        super().__init__(message)
        self.format_name = format_name


class TooLong(MediaError):
    """The source plays longer than the limit. `limit_ms` is that limit in milliseconds."""

    code = "too_long"

    def __init__(self, message: str, *, limit_ms: int) -> None:
        super().__init__(message)
        self.limit_ms = limit_ms


class EngineFailed(MediaError):
    """The engine could not do its work, though the source looked fine. Trying again may help.

    `stderr_tail` is what the process said last: for the log, never for people.
    """

    code = "engine_failed"
    permanent = False

    def __init__(self, message: str, *, stderr_tail: str = "") -> None:
        super().__init__(message)
        self.stderr_tail = stderr_tail


class LimitExceeded(EngineFailed):
    """A process ran into its limit of time, processor, memory or file size and was ended."""


class FfmpegMissing(EngineFailed):
    """No ffmpeg was found where the setting, PATH and the installed package point."""
