"""What a player is told about a video: whether and how it plays now, and how far its making has come."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.core.address import absolute_url
from apps.core.viewer import Viewer
from apps.sharing.grants import grant_for, member_grant
from apps.sharing.serializers import play_url, poster_url
from apps.videos.errors import failure_sentence
from apps.videos.models import CaptionTrack, Storyboard, Video
from apps.videos.progress import progress_of
from apps.videos.sound import has_waveform


def playback_of(*, request: HttpRequest | None, viewer: Viewer, video: Video) -> dict[str, Any]:
    """Return the fields of PlaybackSerializer for a video this viewer may watch."""
    shown = video.current_publication
    renditions = list(shown.renditions.all()) if shown else []
    return {
        "status": video.status,
        "playable": video.playable,
        "ends_early": video.ends_early,
        "progress": progress_of(video),
        "duration_ms": video.duration_ms,
        "playlist_url": play_url(request=request, viewer=viewer, video=video, name="index.m3u8"),
        "renditions": [
            {"name": rendition.name, "codecs": rendition.codecs, "height": rendition.height} for rendition in renditions
        ],
        "poster_url": poster_url(request=request, viewer=viewer, video=video),
        "storyboard_url": play_url(request=request, viewer=viewer, video=video, name="storyboard.vtt")
        if shown and Storyboard.objects.filter(publication=shown).exists()
        else None,
        "waveform_url": play_url(request=request, viewer=viewer, video=video, name="waveform.json")
        if shown and has_waveform(shown)
        else None,
        "captions": captions_of(request=request, viewer=viewer, video=video),
        "download_url": _download_url(request=request, viewer=viewer, video=video),
        "failure_code": video.failure_code or None,
        "failure_detail": failure_sentence(video.failure_code) or None,
    }


def captions_of(*, request: HttpRequest | None, viewer: Viewer, video: Video) -> list[dict[str, Any]]:
    """Return the caption tracks in the order in which they were added, as CaptionSerializer shows them."""
    tracks = video.caption_tracks.select_related("video").order_by("pk").defer("vtt")
    return [caption_of(request=request, viewer=viewer, track=track) for track in tracks]


def caption_of(*, request: HttpRequest | None, viewer: Viewer, track: CaptionTrack) -> dict[str, Any]:
    """Return one caption track, with the address of its WebVTT for this viewer."""
    grant = grant_for(viewer=viewer, video=track.video)
    return {
        "id": track.public_id,
        "language": track.language,
        "label": track.label,
        "url": absolute_url(request, reverse("play-captions", kwargs={"grant": grant, "track": track.public_id})),
    }


def source_url(*, request: HttpRequest | None, video: Video) -> str:
    """Return the address of the source's bytes, for the video's author."""
    grant = member_grant(person_id=video.author_id or 0, video_id=video.pk)
    return absolute_url(request, reverse("play-source", kwargs={"grant": grant}))


def _download_url(*, request: HttpRequest | None, viewer: Viewer, video: Video) -> str | None:
    """Return the best file to keep for who may download: the first rendition that plays everywhere."""
    shown = video.current_publication
    link = viewer.link_for(video.pk)
    is_member = Video.objects.listed_for(viewer).filter(pk=video.pk).exists()
    if shown is None or not (is_member or (link is not None and link.can_download)):
        return None
    best = shown.renditions.exclude(key="").order_by("-plays_everywhere", "-height", "-is_levelled", "pk").first()
    if best is None:
        return None
    path = reverse(
        "play",
        kwargs={
            "grant": grant_for(viewer=viewer, video=video),
            "publication": shown.public_id,
            "name": f"{best.name}.mp4",
        },
    )
    return absolute_url(request, f"{path}?download=1")
