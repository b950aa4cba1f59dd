"""A recording is shown as it was recorded, part by part, from Stop until it is packaged.

Its parts are segments (media/recorded.py), so that its playlist is written from rows: no byte of it is read, and it
plays at once, however long it is. The packaged publication then takes over for whoever comes; who watches goes on with
the parts, which stay for a day (clearing.py).
"""

from apps.videos.models import Publication, Rendition, Source, Video
from media.playlists import average_bandwidth, peak_bandwidth
from media.recorded import Recorded

NAME = "recorded"


def show(*, source: Source, recorded: Recorded) -> None:
    """Let the video of a source that was just accepted play from the source's parts, once for each revision of it.

    Call it in the transaction that accepts the source.
    """
    if source.publications.filter(revision=source.revision).exists():
        return
    publication = Publication.objects.create(
        source=source,
        revision=source.revision,
        packaged=False,
        ends_early=source.ends_early,
        source_bytes=source.size_bytes or 0,
        duration_ms=recorded.duration_ms,
        has_video=True,
        has_audio=recorded.has_audio,
        width=recorded.width,
        height=recorded.height,
    )
    names = [item["key"].rpartition("/")[2] for item in source.stored]
    Rendition.objects.create(
        publication=publication,
        name=NAME,
        parts=names,
        mends={
            name: [[mend.offset, mend.value] for mend in mends]
            for name, mends in zip(names[1:], recorded.mends, strict=True)
            if mends
        },
        codecs=recorded.codecs,
        width=recorded.width,
        height=recorded.height,
        size_bytes=source.size_bytes or 0,
        peak_bits_per_s=peak_bandwidth(recorded.segments),
        average_bits_per_s=average_bandwidth(recorded.segments),
        plays_everywhere=recorded.plays_everywhere,
        holds_source=False,  # it is the source
        init_offset=0,
        init_size_bytes=source.stored[0]["size_bytes"],
        segments=[[part.offset, part.size_bytes, part.start_ms, part.duration_ms] for part in recorded.segments],
    )
    Video.objects.filter(pk=source.video_id, current_source=source).update(
        current_publication=publication, duration_ms=recorded.duration_ms
    )
