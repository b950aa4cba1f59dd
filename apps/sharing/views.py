"""What a player fetches: playlists and waveforms written from rows, and 302s to the bytes.

`/play/{grant}/{publication}/…`: for each request the grant's foundation (member or link) and the video are
looked up, so nothing is served once they no longer hold. The redirect is to a store address that lives
for URL_LIVES_S and may be kept for REDIRECT_KEPT_S; so a request that starts a minute after a revoke gets no byte,
and one without a kept redirect gets none at once.
"""

from collections.abc import Callable, Iterator
from itertools import chain

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.errors import DomainError, Expired
from apps.core.store import get_store
from apps.core.text import file_name
from apps.sharing.grants import Grant, may_download, read_grant, video_of
from apps.videos import playlists
from apps.videos.models import Publication, Source, Storyboard, Video
from apps.videos.sound import waveform_of
from media.preview import PREVIEW_TYPE
from media.recorded import mended
from media.store.errors import ObjectMissing, StoreError
from media.storyboard import STORYBOARD_NAME

REDIRECT_KEPT_S = 20
URL_LIVES_S = 40  # with the redirect kept for 20 s, no request can start later than 60 s after a revoke
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
WEBVTT_TYPE = "text/vtt; charset=utf-8"


@require_safe
def play(request: HttpRequest, grant: str, publication: str, name: str) -> HttpResponseBase:
    """Return a playlist, a storyboard's cues, the waveform, or the redirect to the bytes of a rendition or a picture.

    404, or 410 for an expired link. A recorded part of which something is to be mended comes from here itself, 503
    while the store is away.
    """
    try:
        read = read_grant(grant)
        video = video_of(read)
    except Expired:
        return HttpResponse(status=410)
    except DomainError as error:
        raise Http404 from error
    shown = get_object_or_404(
        Publication.objects.select_related("source__video"), public_id=publication, source__video=video
    )
    if name == "index.m3u8":
        return _text(playlists.multivariant(shown), PLAYLIST_TYPE)
    if name in BESIDES:
        return BESIDES[name](shown)
    stem, _, ending = name.rpartition(".")
    if ending == "m4s":
        return _part(playlists.part_called(shown, stem))
    saves = "download" in request.GET and may_download(read)
    return _of_rendition(shown, stem, ending, saves=saves)


def _of_rendition(shown: Publication, stem: str, ending: str, *, saves: bool) -> HttpResponse:
    """Return a rendition's playlist, or the redirect to its bytes: to play, or for who `saves` them under the title."""
    rendition = get_object_or_404(shown.renditions, name=stem)
    if ending == "m3u8":
        return _text(playlists.of_rendition(rendition), PLAYLIST_TYPE)
    if ending == "mp4":
        download_name = file_name(shown.source.video.display_title, ending="mp4") if saves else None
        return _redirect(rendition.key, content_type="video/mp4", download_name=download_name)
    raise Http404


@require_safe
def captions(request: HttpRequest, grant: str, track: str) -> HttpResponse:
    """Return a caption track as WebVTT. 404, or 410 for an expired link, as play does."""
    try:
        video = video_of(read_grant(grant))
    except Expired:
        return HttpResponse(status=410)
    except DomainError as error:
        raise Http404 from error
    return _text(get_object_or_404(video.caption_tracks, public_id=track).vtt, WEBVTT_TYPE)


@require_safe
def source(request: HttpRequest, grant: str) -> HttpResponseBase:
    """Return the bytes of a video's source as one download, for its author alone; 503 while the store is away.

    A store that goes away later cuts it short of its Content-Length, which the browser notices.
    """
    try:
        read = read_grant(grant)
        video = video_of(read)
    except DomainError as error:
        raise Http404 from error
    if not _is_author(read, video) or video.current_source is None or not video.current_source.stored:
        raise Http404
    response = _streamed(_bytes_of(video.current_source), content_type="application/octet-stream")
    if response.status_code != 200:
        return response
    response["Content-Length"] = str(sum(item["size_bytes"] for item in video.current_source.stored))
    response["Content-Disposition"] = f'attachment; filename="{download_name_of(video.current_source)}"'
    return response


def download_name_of(wanted: Source) -> str:
    """Return a file name without anything that a header or a file system could stumble over."""
    kept = "".join(character if character.isalnum() or character in "-_." else "-" for character in wanted.file_name)
    ending = "mp4" if "mp4" in wanted.content_type else "webm"
    return kept.encode("ascii", "ignore").decode().strip("-.") or f"recording.{ending}"


def _bytes_of(wanted: Source) -> Iterator[bytes]:
    store = get_store()
    for item in wanted.stored:
        yield from store.iter_bytes(item["key"])


def _is_author(grant: Grant, video: Video) -> bool:
    return grant.person_id is not None and grant.person_id == video.author_id


def _part(part: playlists.PlayedPart | None) -> HttpResponseBase:
    if part is None or not part.mends:
        return _redirect(part.key if part is not None else "", content_type="video/mp4")
    response = _streamed(mended(get_store().iter_bytes(part.key), part.mends), content_type="video/mp4")
    response["Cache-Control"] = f"private, max-age={REDIRECT_KEPT_S}" if response.status_code == 200 else "no-store"
    return response


def _streamed(pieces: Iterator[bytes], *, content_type: str) -> HttpResponseBase:
    """Return what the store gives, 404 where it has nothing, 503 while it is away."""
    try:
        first = next(pieces, b"")
    except ObjectMissing as error:
        raise Http404 from error
    except StoreError:
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    return StreamingHttpResponse(chain([first], pieces), content_type=content_type)


def _poster(shown: Publication) -> HttpResponse:
    return _redirect(shown.source.video.own_poster_key or shown.poster_key, content_type="image/jpeg")


def _preview(shown: Publication) -> HttpResponse:
    return _redirect(shown.preview_key, content_type=PREVIEW_TYPE)


def _storyboard(shown: Publication) -> HttpResponse:
    return _text(playlists.of_storyboard(_storyboard_of(shown)), WEBVTT_TYPE)


def _sprite(shown: Publication) -> HttpResponse:
    return _redirect(_storyboard_of(shown).key, content_type="image/jpeg")


def _storyboard_of(shown: Publication) -> Storyboard:
    return get_object_or_404(Storyboard.objects.select_related("publication"), publication=shown)


def _text(text: str, content_type: str) -> HttpResponse:
    return HttpResponse(text, content_type=content_type, headers={"Cache-Control": "private, no-cache"})


def _waveform(shown: Publication) -> HttpResponse:
    found = waveform_of(shown)
    if found is None:
        raise Http404
    # It is listened to once, so that a publication has one waveform for good.
    return JsonResponse(found, headers={"Cache-Control": f"private, max-age={REDIRECT_KEPT_S}"})


BESIDES: dict[str, Callable[[Publication], HttpResponse]] = {
    "poster.jpg": _poster,
    "preview.webp": _preview,
    "storyboard.vtt": _storyboard,
    STORYBOARD_NAME: _sprite,
    "waveform.json": _waveform,
}


def _redirect(key: str, *, content_type: str, download_name: str | None = None) -> HttpResponse:
    if not key:
        raise Http404
    url = get_store().presigned_get(
        key, expires_in_s=URL_LIVES_S, content_type=content_type, download_name=download_name
    )
    return HttpResponse(status=302, headers={"Location": url, "Cache-Control": f"private, max-age={REDIRECT_KEPT_S}"})
