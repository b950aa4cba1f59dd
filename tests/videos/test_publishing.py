"""From a complete source to something that plays, on real files, with the local store."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.core import jobs
from apps.core.jobs import TryAgain
from apps.core.models import Job, StoredObject
from apps.core.store import get_store
from apps.sharing.playback import playback_of
from apps.sharing.viewers import viewer_of_person
from apps.videos import clearing, keys, playlists, publishing, services
from apps.videos.models import Rendition, Video
from apps.videos.publishing import publish
from media.errors import EngineFailed
from media.store.errors import StoreUnavailable
from tests.filming import film

pytestmark = pytest.mark.django_db

PICTURE = "-f lavfi -i testsrc2=size=320x180:rate=30:duration=2"
SOUND = "-f lavfi -i sine=frequency=440:duration=2,volume=2.8dB"  # as loud as it should be
H264_AAC = f"{PICTURE} {SOUND} -c:v libx264 -preset ultrafast -g 60 -pix_fmt yuv420p -c:a aac -shortest -f mp4"
H264_OPUS = f"{PICTURE} {SOUND} -c:v libx264 -preset ultrafast -g 60 -pix_fmt yuv420p -c:a libopus -shortest -f mp4"
VP8_OPUS = f"{PICTURE} {SOUND} -c:v libvpx -deadline realtime -c:a libopus -shortest -f webm"
PHONE_PICTURE = "-f lavfi -i testsrc2=size=160x90:rate=10:duration=1"
HLG_TAGS = "setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc:range=tv"
HLG = (
    f"{PHONE_PICTURE} -vf format=yuv420p10le,{HLG_TAGS} "
    "-c:v libx265 -x265-params log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc "
    "-preset ultrafast -tag:v hvc1 -f mp4"
)
CAMERA = f"{PHONE_PICTURE} -f lavfi -i sine=duration=1 -c:v libx264 -preset ultrafast -c:a aac -f mpegts"
EDITOR = f"{PHONE_PICTURE} -f lavfi -i sine=duration=1 -c:v prores_ks -c:a pcm_s16le -f mov"
HEAVY_OPUS = (
    "-f lavfi -i testsrc2=size=854x480:rate=25:duration=1,noise=alls=40:allf=t"
    " -f lavfi -i sine=frequency=440:duration=1 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a libopus"
    " -shortest -f mp4"
)
SOUND_ALONE = f"{SOUND} -c:a libmp3lame -f mp3"


def told(video: Video) -> dict[str, Any]:
    viewer = viewer_of_person(video.author_id or 0)
    assert viewer is not None
    return playback_of(request=None, viewer=viewer, video=Video.objects.get(pk=video.pk))


def names(video: Video) -> list[str]:
    assert video.current_publication is not None
    return [rendition.name for rendition in video.current_publication.renditions.all()]


def test_what_plays_everywhere_is_copied_and_nothing_else_is_made(published) -> None:
    video = published(H264_AAC)
    assert (video.status, names(video)) == (Video.Status.READY, ["copy"])
    assert 1900 <= (video.duration_ms or 0) <= 2200
    assert not Job.objects.filter(kind=services.TRANSCODE).exists()


def test_opus_gets_an_aac_sibling_that_stands_in_its_place_in_the_playlist(published) -> None:
    video = published(H264_OPUS)
    assert names(video) == ["copy", "copy-aac"]
    text = playlists.multivariant(video.current_publication)
    assert "copy-aac.m3u8" in text
    assert "copy.m3u8" not in text
    assert 'CODECS="avc1' in text
    video.current_publication.renditions.filter(name="copy-aac").delete()
    assert "copy.m3u8" in playlists.multivariant(video.current_publication)


def test_vp8_plays_once_it_was_encoded_and_progress_rises_to_one(published) -> None:
    video = published(VP8_OPUS, run=False)
    heard = [told(video)["progress"]]
    for kind in (services.PUBLISH, services.TRANSCODE):
        assert told(video)["playable"] is False
        jobs.run(Job.objects.get(kind=kind, state=Job.State.QUEUED).pk)
        heard.append(told(video)["progress"])
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["h264"])
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


@pytest.mark.parametrize(("how", "made"), [(CAMERA, ["copy", "copy-aac"]), (EDITOR, ["h264"])])
def test_what_cameras_and_editors_write_is_published(published, how: str, made: list[str]) -> None:
    video = published(how)
    assert (video.status, names(video)) == (Video.Status.READY, made)
    assert 950 <= (video.duration_ms or 0) <= 1150


def test_hdr_of_a_phone_is_copied_under_its_name_and_mapped_for_everybody(published) -> None:
    video = published(HLG)
    assert names(video) == ["copy", "h264"]
    everybody, phone = [
        line for line in playlists.multivariant(video.current_publication).splitlines() if "CODECS" in line
    ]
    assert 'CODECS="avc1' in everybody
    assert "VIDEO-RANGE" not in everybody
    assert "VIDEO-RANGE=HLG" in phone


def test_a_heavy_picture_plays_from_the_copy_on_and_its_rung_appears_later(published) -> None:
    video = published(HEAVY_OPUS, run=False)
    jobs.run(Job.objects.get(kind=services.PUBLISH).pk)
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.PROCESSING, ["copy", "copy-aac"])
    jobs.run(Job.objects.get(kind=services.TRANSCODE).pk)
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["copy", "copy-aac", "360p"])
    text = playlists.multivariant(video.current_publication)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines.index("copy-aac.m3u8") < lines.index("360p.m3u8")  # who takes the first line gets the best
    assert "RESOLUTION=640x360" in text
    assert told(video)["download_url"].split("?")[0].endswith("/copy-aac.mp4")


def test_a_rung_that_cannot_be_made_is_not_missed(published, monkeypatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise EngineFailed("the ladder broke")

    monkeypatch.setattr(publishing, "make_ladder", fail)
    video = published(HEAVY_OPUS)
    assert (video.status, video.failure_code) == (Video.Status.READY, "")
    assert names(video) == ["copy", "copy-aac"]


def test_rungs_that_were_made_before_the_worker_died_are_not_made_again(published, monkeypatch, run_jobs) -> None:
    video = published(HEAVY_OPUS, run=False)
    jobs.run(Job.objects.get(kind=services.PUBLISH).pk)
    transcoding = Job.objects.get(kind=services.TRANSCODE)

    def die(*_args: object, **_kwargs: object) -> None:
        raise StoreUnavailable("gone before it could be settled")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "settle", die)
        jobs.run(transcoding.pk)
    Job.objects.filter(pk=transcoding.pk).update(run_after="2020-01-01T00:00Z")
    monkeypatch.setattr(publishing, "make_ladder", die)
    run_jobs()
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["copy", "copy-aac", "360p"])


def test_two_long_uploads_leave_a_slot_for_the_short_one_that_came_after(published, monkeypatch) -> None:
    monkeypatch.setattr(services, "LONG_FROM_BYTES", 40_000)
    long = [published(H264_AAC, run=False), published(H264_AAC, run=False)]
    short = published(SOUND_ALONE, run=False)
    under_way, waiting = Job.objects.filter(subject__in=[video.public_id for video in long])
    claimed = jobs.claim(under_way.pk)
    assert claimed is not None
    assert jobs.run_next(waiting.pk)
    assert not jobs.run_next(waiting.pk)
    statuses = Video.objects.in_bulk([video.pk for video in (*long, short)])
    assert statuses[short.pk].status == Video.Status.READY
    assert {statuses[video.pk].status for video in long} == {Video.Status.PROCESSING}


def test_sound_alone_is_a_video_without_a_picture(published) -> None:
    video = published(SOUND_ALONE)
    assert (video.status, names(video)) == (Video.Status.READY, ["sound"])
    assert video.current_publication.has_video is False
    assert told(video)["poster_url"] is None


def test_the_bytes_of_every_object_are_in_the_ledger(published) -> None:
    video = published(H264_AAC)
    kept = dict(get_store().list(keys.video_prefix(video_id=video.public_id)))
    made = {key: size for key, size in kept.items() if "/parts/" not in key}
    assert len(made) == 2  # the copy and the poster
    assert kept == dict(StoredObject.objects.filter(video_id=video.pk).values_list("key", "size_bytes"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x00", "not_media"),
        (b"this is a letter, not a video\n" * 40, "not_media"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n", "not_media"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_media"),
    ],
)
def test_what_is_no_media_fails_for_good_and_keeps_its_source(published, content, code) -> None:
    video = published(content)
    assert (video.status, video.failure_code) == (Video.Status.FAILED, code)
    assert (Job.objects.get().state, Job.objects.get().attempts) == (Job.State.FAILED, 1)
    stored = video.current_source.stored
    assert b"".join(b"".join(get_store().iter_bytes(part["key"])) for part in stored) == content


def test_an_empty_source_fails_at_once_without_a_job(ana, workspace) -> None:
    video = services.create_video(author=ana, workspace=workspace, source={"kind": "recording"})
    services.accept_source(source=video.sources.get(), stored=[])
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.FAILED, "empty_source")
    assert not Job.objects.exists()


def test_a_torn_recording_is_published_as_far_as_it_goes(published) -> None:
    how = H264_AAC.replace("-f mp4", "-movflags frag_keyframe+empty_moov -f mp4").replace("-g 60", "-g 15")
    whole = film(how)
    video = published(whole[: len(whole) * 3 // 4])
    assert video.status == Video.Status.READY
    assert 700 < (video.duration_ms or 0) < 1900


def test_a_store_that_is_away_for_a_while_only_delays(published, monkeypatch, run_jobs) -> None:
    video = published(H264_AAC, run=False)

    def away(*_args: object, **_kwargs: object) -> None:
        raise StoreUnavailable("the store is away")

    with monkeypatch.context() as patch:
        patch.setattr(get_store(), "put_file", away)
        claim = jobs.claim(Job.objects.get().pk)
        assert claim is not None
        with pytest.raises(TryAgain):
            publish(claim)
    jobs._put_back(claim, code="engine_failed")
    Job.objects.update(run_after="2020-01-01T00:00Z")
    run_jobs()
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["copy"])


def test_a_second_attempt_makes_only_what_the_first_did_not(published, monkeypatch) -> None:
    video = published(H264_OPUS, run=False)
    job = Job.objects.get()
    first = jobs.claim(job.pk)
    assert first is not None
    real = get_store().put_file

    def killed_at_the_sibling(path: Path, key: str, **kwargs: Any) -> None:
        if "copy-aac" in key:
            raise KeyboardInterrupt
        real(path, key, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(get_store(), "put_file", killed_at_the_sibling)
        with pytest.raises(KeyboardInterrupt):
            publish(first)
    copied = Rendition.objects.get().key
    Job.objects.update(lease_until="2020-01-01T00:00Z")
    jobs.run(job.pk)
    video.refresh_from_db()
    assert names(video) == ["copy", "copy-aac"]
    assert video.current_publication.renditions.get(name="copy").key == copied


def test_start_over_while_it_is_published_shows_nothing_of_the_former_source(published) -> None:
    video = published(H264_AAC, run=False)
    job = Job.objects.get()
    services.start_over(video=video, source={"kind": "recording"})
    jobs.run(job.pk)
    video.refresh_from_db()
    assert (video.status, video.current_publication) == (Video.Status.RECORDING, None)


def test_a_job_that_cannot_be_done_fails_the_video_and_retry_mends_it(published, run_jobs) -> None:
    video = published(H264_AAC, run=False)
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, attempts=3, lease_until="2020-01-01T00:00Z")
    jobs.sweep()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.FAILED, "engine_failed")
    services.retry(video=video)
    run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")


def test_a_rung_that_cannot_be_made_leaves_a_video_that_plays_ready(published) -> None:
    video = published(H264_OPUS)
    Video.objects.filter(pk=video.pk).update(status=Video.Status.PROCESSING)
    claim_payload = {"source": video.current_source.public_id}
    from apps.videos.publishing import give_up

    give_up(video.public_id, claim_payload, "engine_failed")
    video.refresh_from_db()
    assert video.status == Video.Status.READY


def test_only_a_failed_video_can_be_retried(published) -> None:
    video = published(H264_AAC)
    with pytest.raises(services.NotFailed):
        services.retry(video=video)


def test_a_copy_that_fails_its_check_is_replaced_by_an_encode(published, monkeypatch) -> None:
    real = publishing.make_rendition

    def bad_copy(source: Path, info: Any, item: Any, **kwargs: Any) -> Any:
        if item.video == "copy":
            raise EngineFailed("packets are missing")
        return real(source, info, item, **kwargs)

    monkeypatch.setattr(publishing, "make_rendition", bad_copy)
    video = published(H264_AAC)
    assert (video.status, names(video)) == (Video.Status.READY, ["h264"])


def test_an_empty_source_cannot_be_retried_and_says_why(ana, workspace) -> None:
    video = services.create_video(author=ana, workspace=workspace, source={"kind": "recording"})
    services.accept_source(source=video.sources.get(), stored=[])
    video.refresh_from_db()
    with pytest.raises(services.NoSource):
        services.retry(video=video)


def test_the_author_chooses_another_poster(published, run_jobs) -> None:
    # Black for a second, then the test picture, with keyframes each half second.
    how = H264_AAC.replace("-g 60", "-g 15 -vf drawbox=t=fill:color=black:enable='lt(t,1)'")
    video = published(how)
    ours = video.current_publication.poster_key
    services.edit_video(video=video, poster_ms=900)
    run_jobs()
    video.refresh_from_db()
    chosen = video.current_publication.poster_key
    assert chosen != ours
    dark, bright = (len(b"".join(get_store().iter_bytes(key))) for key in (chosen, ours))
    assert bright > 2 * dark, "ours is a good frame; the author may want another"
    assert video.status == Video.Status.READY
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        clearing.clear_outdated()
    assert (get_store().size_bytes(ours), get_store().size_bytes(chosen)) == (None, dark)


def test_the_same_poster_again_asks_for_nothing(published) -> None:
    video = published(H264_AAC)
    for _ in range(2):
        services.edit_video(video=video, poster_ms=1000)
    assert Job.objects.filter(kind=services.POSTER).count() == 1


def test_bytes_that_changed_in_the_store_are_noticed_when_they_are_read(published, run_jobs) -> None:
    video = published(H264_AAC, run=False)
    source = video.sources.get()
    content = b"".join(b"".join(get_store().iter_bytes(item["key"])) for item in source.stored)
    key = keys.file_key(video_id=video.public_id, source_id=source.public_id)
    pieces = [content[:1000], content[1000:]]
    promised = [[len(piece), hashlib.sha256(piece).hexdigest()] for piece in pieces]
    source.stored = [{"key": key, "size_bytes": len(content), "promised": promised}]
    source.save()
    get_store().put_bytes(content[:2000] + b"x" + content[2001:], key, content_type="video/mp4")
    run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.FAILED, "truncated_source")
    get_store().put_bytes(content, key, content_type="video/mp4")
    services.retry(video=video)
    run_jobs()
    video.refresh_from_db()
    assert video.status == Video.Status.READY
