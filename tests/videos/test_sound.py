"""How loud what is published is, which rendition is offered for it, and what happens when nobody can listen."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.core import jobs
from apps.core.claims import Claim
from apps.core.models import Job
from apps.core.store import get_store
from apps.sharing.playback import playback_of
from apps.sharing.viewers import viewer_of_person
from apps.videos import playlists, publishing, renditions, services, sound
from apps.videos.models import Publication, Sound, Video
from media.errors import DiskFull, EngineFailed, Interrupted, LimitExceeded
from media.publish import Heard, find_ffmpeg, listen, probe

pytestmark = pytest.mark.django_db

PICTURE = "-f lavfi -i testsrc2=size=64x64:rate=10:duration=2"
H264 = "-c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p"
QUIET, AS_IT_SHOULD_BE = "volume=-12dB", "volume=2.8dB"
LEFT = "volume=6dB,pan=stereo|c0=c0|c1=0*c0"


def film(how: str, audio: str = "aac", *, video: str = H264, form: str = "mp4") -> str:
    """Return how ffmpeg makes two seconds of a tone as `how` says, with a picture where there is a codec for it."""
    tone = f"-f lavfi -i sine=frequency=440:duration=2,{how}"
    picture = (PICTURE, video) if video else ("", "")
    return f"{picture[0]} {tone} {picture[1]} -c:a {audio} -shortest -f {form}"


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours may catch it."""


def shown(video: Video) -> Publication:
    publication = Video.objects.get(pk=video.pk).current_publication
    assert publication is not None
    return publication


def offered(video: Video) -> list[str]:
    """The renditions that a player is offered, in order."""
    lines = playlists.multivariant(shown(video)).splitlines()
    return [line.removesuffix(".m3u8") for line in lines if line and not line.startswith("#")]


def made(video: Video) -> dict[str, bool]:
    """Whether each rendition there is is levelled."""
    return dict(shown(video).renditions.values_list("name", "is_levelled"))


def told(video: Video) -> dict[str, Any]:
    viewer = viewer_of_person(video.author_id or 0)
    assert viewer is not None
    return playback_of(request=None, viewer=viewer, video=Video.objects.get(pk=video.pk))


def heard(video: Video, name: str, folder: Path) -> Heard:
    """What a published rendition sounds like."""
    own = folder / f"heard-{name}"
    own.mkdir()
    file = own / "rendition"
    file.write_bytes(b"".join(get_store().iter_bytes(shown(video).renditions.get(name=name).key)))
    return listen(file, probe(file, folder=own), folder=own, ffmpeg_path=find_ffmpeg())


@pytest.fixture
def listened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the files that were listened to, one for each time."""
    files: list[Path] = []

    def counted(source: Path, *args: Any, **named: Any) -> Heard:
        files.append(source)
        return listen(source, *args, **named)

    monkeypatch.setattr(sound, "listen", counted)
    return files


def unfinished() -> list[Job]:
    """Return the jobs that are not done, but for those that only draw pictures."""
    return list(Job.objects.exclude(state=Job.State.DONE).exclude(kind=services.ILLUSTRATE))


def cannot_listen(error: BaseException) -> Callable[..., Heard]:
    def fail(*_args: object, **_named: object) -> Heard:
        raise error

    return fail


def test_a_quiet_recording_with_opus_is_as_loud_as_it_should_be(published, listened, tmp_path) -> None:
    video = published(film(QUIET, "libopus"))
    assert made(video) == {"copy": False, "copy-aac": True}
    assert heard(video, "copy", tmp_path).loudness_lufs == pytest.approx(-31, abs=1)
    assert heard(video, "copy-aac", tmp_path).loudness_lufs == pytest.approx(-16, abs=1)
    assert offered(video) == ["copy-aac"]
    assert shown(video).renditions.get(name="copy").holds_source
    assert not Job.objects.filter(kind=services.SOUND).exists()
    assert len(listened) == 1


def test_a_copy_plays_first_and_its_sibling_takes_over_when_it_was_made(published, run_jobs, tmp_path) -> None:
    video = published(film(QUIET), run=False)
    jobs.run(Job.objects.get().pk)
    video.refresh_from_db()
    assert (video.status, offered(video), told(video)["waveform_url"]) == (Video.Status.READY, ["copy"], None)
    assert [job.kind for job in unfinished()] == [services.SOUND]
    run_jobs()
    assert (made(video), offered(video)) == ({"copy": False, "copy-aac": True}, ["copy-aac"])
    assert heard(video, "copy-aac", tmp_path).loudness_lufs == pytest.approx(-16, abs=1)
    answer = told(video)
    assert answer["download_url"].endswith("/copy-aac.mp4?download=1")
    # Who plays the copy goes on with it.
    copy = Client().get(answer["playlist_url"].replace("index.m3u8", "copy.m3u8"))
    assert (copy.status_code, b"copy.mp4" in copy.content) == (200, True)


def test_what_is_about_as_loud_as_it_should_be_stays_a_copy(published) -> None:
    video = published(film(AS_IT_SHOULD_BE))
    assert made(video) == {"copy": False}
    assert shown(video).sound.loudness_lufs == pytest.approx(-16, abs=1)


def test_a_microphone_on_one_channel_is_in_both_ears(published, tmp_path) -> None:
    video = published(film(LEFT))
    assert (shown(video).sound.both_ears, offered(video)) == (True, ["copy-aac"])
    after = heard(video, "copy-aac", tmp_path)
    assert after.levelling.is_nothing
    assert after.loudness_lufs == pytest.approx(-16, abs=1)


@pytest.mark.parametrize(
    ("how", "renditions", "players"),
    [
        (film(QUIET, "libopus", video="-c:v libvpx -deadline realtime", form="webm"), {"h264": True}, ["h264"]),
        # VP9 plays where H.264 may not: it stays on offer, with its own sound.
        (
            film(QUIET, "libopus", video="-c:v libvpx-vp9 -deadline realtime -cpu-used 8", form="webm"),
            {"copy": False, "h264": True},
            ["h264", "copy"],
        ),
        (film(QUIET, "libmp3lame", video="", form="mp3"), {"sound": True}, ["sound"]),
        (film(QUIET, video="", form="mp4"), {"sound": False, "sound-aac": True}, ["sound-aac"]),
        (f"{PICTURE} {H264} -f mp4", {"copy": False}, ["copy"]),
    ],
    ids=["VP8", "VP9", "MP3 alone", "AAC alone", "no sound"],
)
def test_each_source_is_listened_to_once_and_levelled_where_it_is_encoded(
    published, listened, how: str, renditions: dict[str, bool], players: list[str]
) -> None:
    video = published(how)
    assert (video.status, made(video), offered(video)) == (Video.Status.READY, renditions, players)
    assert len(listened) == shown(video).has_audio


@pytest.mark.parametrize(("audio", "error"), [("aac", EngineFailed("broken")), ("libopus", LimitExceeded("slow"))])
def test_sound_that_cannot_be_listened_to_is_published_as_it_is(published, monkeypatch, audio: str, error) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(sound, "listen", cannot_listen(error))
        video = published(film(QUIET, audio))
    assert (video.status, video.failure_code) == (Video.Status.READY, "")
    assert not any(made(video).values())
    assert offered(video) == ["copy-aac" if audio == "libopus" else "copy"]
    assert told(video)["waveform_url"] is None
    assert not unfinished()


@pytest.mark.parametrize(("audio", "error"), [("aac", DiskFull("full")), ("libopus", Interrupted("killed"))])
def test_what_says_nothing_of_the_sound_only_delays(published, run_jobs, monkeypatch, audio: str, error) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(sound, "listen", cannot_listen(error))
        video = published(film(QUIET, audio))
    assert len(unfinished()) == 1
    assert offered(video) == ["copy"]
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        run_jobs()
    video.refresh_from_db()
    assert (video.status, offered(video)) == (Video.Status.READY, ["copy-aac"])


@pytest.mark.parametrize("where", ["listen", "after listening", "_write_down", "at the end"])
def test_a_sound_job_killed_anywhere_is_done_by_the_next_attempt(published, listened, monkeypatch, where: str) -> None:
    video = published(film(QUIET), run=False)
    jobs.run(Job.objects.get().pk)
    job = Job.objects.get(kind=services.SOUND)
    with monkeypatch.context() as broken:
        if where == "listen":
            broken.setattr(sound, "listen", cannot_listen(Killed()))
        elif where == "at the end":
            kind = jobs.Kind(services.SOUND, queue="transcode", perform=_done_then_killed, give_up=lambda *_: None)
            broken.setitem(jobs._kinds, services.SOUND, kind)
        else:
            module, name = (publishing, "make_rendition") if where == "after listening" else (renditions, where)
            broken.setattr(module, name, cannot_listen(Killed()))
        with pytest.raises(Killed):
            jobs.run(job.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, offered(video)) == (Job.State.DONE, ["copy-aac"])
    assert len(listened) == 1, "what is known stays known"


def _done_then_killed(claim: Claim) -> None:
    publishing.level_sound(claim)
    raise Killed


def test_a_sibling_that_cannot_be_made_leaves_a_video_that_is_ready(published, monkeypatch) -> None:
    video = published(film(QUIET), run=False)
    jobs.run(Job.objects.get().pk)
    monkeypatch.setattr(publishing, "make_rendition", cannot_listen(EngineFailed("broken")))
    for minutes in range(0, 10, 2):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            jobs.run(Job.objects.get(kind=services.SOUND).pk)
    assert Job.objects.get(kind=services.SOUND).state == Job.State.FAILED
    video.refresh_from_db()
    assert (video.status, video.failure_code, offered(video)) == (Video.Status.READY, "", ["copy"])
    assert told(video)["waveform_url"]


def test_of_a_source_that_was_recorded_over_nobody_listens(published, run_jobs, listened) -> None:
    video = published(film(QUIET), run=False)
    jobs.run(Job.objects.get().pk)
    services.start_over(video=video, source={"kind": "recording"})
    run_jobs()
    assert listened == []
    assert not Sound.objects.exists()


def test_a_sibling_that_the_store_has_lost_is_made_again(published, run_jobs, listened) -> None:
    video = published(film(QUIET))
    lost = shown(video).renditions.get(name="copy-aac").key
    get_store().delete([lost])
    services.make_again(video=video, key=lost)
    assert offered(video) == ["copy"]
    run_jobs()
    assert offered(video) == ["copy-aac"]
    assert shown(video).renditions.get(name="copy-aac").key != lost
    assert len(listened) == 1


def test_a_waveform_is_told_to_whoever_may_play(published) -> None:
    video = published(film(f"{AS_IT_SHOULD_BE},volume=0:enable=gt(t\\,0.9)"))
    answer = Client().get(told(video)["waveform_url"])
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    body = answer.json()
    assert sorted(body) == ["interval_ms", "peaks", "silences"]
    ((start_ms, end_ms),) = body["silences"]
    assert (start_ms, end_ms) == (pytest.approx(900, abs=100), video.duration_ms)
    assert {peak > 5 for peak in body["peaks"][: 850 // body["interval_ms"]]} == {True}
    assert Client().get(told(video)["waveform_url"].replace("/play/", "/play/x")).status_code == 404


def test_a_video_without_sound_has_no_waveform(published) -> None:
    video = published(f"{PICTURE} {H264} -f mp4")
    answer = told(video)
    assert answer["waveform_url"] is None
    assert Client().get(answer["playlist_url"].replace("index.m3u8", "waveform.json")).status_code == 404
