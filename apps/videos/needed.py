"""Which objects in the store a video needs, by its rows: what these name nowhere is nobody's."""

from collections.abc import Iterable

from django.db.models import Q

from apps.videos import keys
from apps.videos.models import Piece, Publication, Rendition, Source, Storyboard, Video


def needed_keys(video: Video) -> dict[str, int | None]:
    """Return the keys that sources and publications of the video name, each with its size in bytes, None if unknown."""
    needed: dict[str, int | None] = dict.fromkeys(pictures_of(video))
    renditions = Rendition.objects.filter(publication__source__video=video).exclude(key="")
    needed.update(renditions.values_list("key", "size_bytes"))
    for piece in Piece.objects.filter(publication__source__video=video):
        needed.update(piece.sizes_by_key)
    for source in video.sources.all():
        needed.update({item["key"]: item["size_bytes"] for item in source.stored})
    return needed


def pictures_of(video: Video) -> set[str]:
    """Return the keys of all its pictures: posters, those of its author among them, previews and storyboards."""
    published = Publication.objects.filter(source__video=video).values_list("poster_key", "preview_key")
    named = {key for keys_of_one in published for key in keys_of_one}
    named |= set(Storyboard.objects.filter(publication__source__video=video).values_list("key", flat=True))
    named |= set(Video.objects.filter(pk=video.pk).values_list("own_poster_key", flat=True))  # as it is by now
    return named - {""}


def awaited_prefixes(video: Video) -> tuple[str, ...]:
    """Return what the keys start with of which more may come: what lies there is an upload's concern."""
    return prefixes_of(video, video.sources.filter(Q(completed_at__isnull=True) | Q(rest_until__isnull=False)))


def prefixes_of(video: Video, sources: Iterable[Source]) -> tuple[str, ...]:
    """Return what the keys of these sources start with."""
    return tuple(keys.source_prefix(video_id=video.public_id, source_id=source.public_id) for source in sources)
