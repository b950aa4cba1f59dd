"""What can go wrong with a source or with the engine, one class per thing that happened.

`code` is the contract's `failure_code` and never changes; the words people read for it stand in the templates.
`permanent` tells the task whether trying again can help. `str(error)` is one English sentence for the log.
"""


class MediaError(Exception):
    """The root of all engine errors. Callers catch this one and record its `code`."""

    code = "engine_failed"
    permanent = True

    @property
    def is_about_the_work(self) -> bool:
        """Whether it says something of this work on this source, so that one can go on without what it was to make.

        Else it says something of the machine, and whoever goes on would lose for good what another attempt makes.
        """
        return self.permanent


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


class NotAPicture(MediaError):
    """The bytes are no picture of a kind that we read: JPEG, PNG, WebP or GIF. Retrying will not help."""

    code = "not_a_picture"


class PictureTooLarge(MediaError):
    """The picture has more bytes or pixels than we decode. Retrying will not help."""

    code = "picture_too_large"


class EngineFailed(MediaError):
    """The engine could not do its work, though the source looked fine. Trying again may help.

    `stderr_tail` is what the process said last: for the log, never for people.
    """

    code = "engine_failed"
    permanent = False

    def __init__(self, message: str, *, stderr_tail: str = "") -> None:
        super().__init__(message)
        self.stderr_tail = stderr_tail

    @property
    def is_about_the_work(self) -> bool:
        """Return True: what the engine could not make of it, it could not make, even if another attempt might."""
        return True


class Interrupted(MediaError):
    """The process was ended from outside: by the system when memory got short, by a shutdown, by an operator.

    It says nothing about the source, so that the same work is tried again, and no other way is looked for.
    """

    permanent = False


class DiskFull(MediaError):
    """There was no room on the worker's disk for what the engine makes. Helps once somebody made room."""

    code = "disk_full"
    permanent = False


class LimitExceeded(EngineFailed):
    """A process ran into its limit of time, processor, memory or file size and was ended."""


class FfmpegMissing(EngineFailed):
    """No ffmpeg was found where the setting, PATH and the installed package point."""


class CaptionError(Exception):
    """The root of what can be wrong with a caption file. Retrying never helps; `str(error)` is for the log."""


class NotCaptions(CaptionError):
    """The text is neither WebVTT nor SubRip."""


class NoCues(CaptionError):
    """The file is a caption file in which nothing would ever be shown."""


class CaptionsTooLarge(CaptionError):
    """The file, the number of its cues or one of its cues is above our limits."""
