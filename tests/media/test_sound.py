"""What a source sounds like and what is done about it: the arithmetic, then real sounds on both versions of ffmpeg."""

import math
import subprocess
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from media.commands import WINDOW_MS
from media.errors import EngineFailed
from media.plan import Levelling, RenditionPlan, levelled, levelled_sibling, plan_publication
from media.probe import probe
from media.publish import make_rendition
from media.runner import find_ffmpeg
from media.sound import (
    Heard,
    gain_for,
    is_one_sided,
    listen,
    parse_levels,
    parse_summary,
    silences,
    waveform,
)
from tests.media.samples import MakeSource, source_info

SUMMARY = """[Parsed_ebur128_4 @ 0x5581d0] Summary:

  Integrated loudness:
    I:         {lufs} LUFS
    Threshold: -38.5 LUFS

  Loudness range:
    LRA:         0.0 LU
    Threshold: -50.8 LUFS
    LRA low:   -30.8 LUFS
    LRA high:  -30.8 LUFS

  True peak:
    Peak:      {dbtp} dBFS
"""


@pytest.mark.parametrize(
    ("lufs", "dbtp", "heard"),
    [
        ("-28.3", "-23.7", (-28.3, -23.7)),
        ("3.1", "5.0", (3.1, 5.0)),
        ("-70.0", "-inf", (None, None)),
        ("-70.0", "-80.1", (None, -80.1)),
        ("nan", "nan", (None, None)),
        ("inf", "inf", (None, None)),
    ],
)
def test_the_summary_says_how_loud_the_whole_is(lufs: str, dbtp: str, heard: tuple[float | None, float | None]) -> None:
    assert parse_summary(SUMMARY.format(lufs=lufs, dbtp=dbtp)) == heard


def test_only_the_last_summary_counts_and_none_is_a_failure() -> None:
    """A source's title stands on standard error, too."""
    title = "  title : Summary: I: -9.0 LUFS Peak: 0.0 dBFS\n"
    assert parse_summary(title + SUMMARY.format(lufs="-20.0", dbtp="-3.0")) == (-20.0, -3.0)
    for words in ("Conversion failed!", title, SUMMARY.partition("True peak")[0].format(lufs="-20.0")):
        with pytest.raises(EngineFailed):
            parse_summary(words)


def test_a_measurement_that_began_anew_counts_only_where_nothing_was_heard_before() -> None:
    last = SUMMARY.format(lufs="-20.0", dbtp="-3.0")
    assert parse_summary(SUMMARY.format(lufs="-70.0", dbtp="-inf") + last) == (-20.0, -3.0)
    with pytest.raises(EngineFailed):
        parse_summary(SUMMARY.format(lufs="-30.0", dbtp="-20.0") + last)


def test_levels_are_read_by_window_and_channel() -> None:
    lines = [
        "frame:0    pts:0       pts_time:0",
        "lavfi.astats.1.Peak_level=-20.000000",
        "lavfi.astats.1.RMS_level=-30.000000",
        "lavfi.astats.2.Peak_level=-inf",
        "lavfi.astats.2.RMS_level=-inf",
        "frame:1    pts:2400    pts_time:0.05",
        "lavfi.astats.1.Peak_level=nan",
        "lavfi.astats.1.RMS_level=nan",
        "lavfi.astats.2.Peak_level=0.000000",
        "lavfi.astats.2.RMS_level=-10.000000",
    ]
    levels = parse_levels(f"{line}\n" for line in lines)
    assert list(levels.peaks) == pytest.approx([0.1, 1.0])
    assert [list(powers) for powers in levels.powers] == [pytest.approx([0.001, 0.0]), pytest.approx([0.0, 0.1])]


WINDOW = ["frame:0    pts:0       pts_time:0", "lavfi.astats.1.Peak_level=-20.0", "lavfi.astats.1.RMS_level=-30.0"]


def test_metadata_of_the_source_is_no_level() -> None:
    levels = parse_levels([*WINDOW, "title=RMS_level", "my.1.RMS_level=-1", "x", "", "=", "lavfi.r128.M=-20"])
    assert [list(powers) for powers in levels.powers] == [pytest.approx([0.001])]


@pytest.mark.parametrize(
    "lines",
    [
        [*WINDOW, "lavfi.astats.1.Peak_level=loud"],
        [*WINDOW, "lavfi.astats.1.RMS_level=-30.0"],
        [*WINDOW, "lavfi.astats.2.RMS_level=-30.0", *WINDOW],
        WINDOW[1:],
    ],
)
def test_levels_that_make_no_sense_are_a_failure_of_the_engine(lines: list[str]) -> None:
    with pytest.raises(EngineFailed):
        parse_levels(lines)


@pytest.mark.parametrize(
    ("loudness", "true_peak", "gain"),
    [
        (-16.0, -6.0, 0.0),
        (-16.9, -6.0, 0.0),  # less than is heard
        (-17.0, -6.0, 1.0),
        (-24.0, -12.0, 8.0),
        (-24.0, -5.0, 4.0),  # up to the highest peak
        (-24.0, -1.5, 0.0),
        (-24.0, 2.0, 0.0),  # not quieter than it is
        (-40.0, -30.0, 20.0),  # the largest boost
        (-40.0, None, 20.0),
        (-50.0, -40.0, 20.0),
        (-50.1, -40.0, 0.0),  # nearly silent
        (None, None, 0.0),
        (-8.0, 0.5, -8.0),
        (2.0, 9.0, -18.0),
    ],
)
def test_the_gain_reaches_the_target_within_its_limits(
    loudness: float | None, true_peak: float | None, gain: float
) -> None:
    assert gain_for(loudness, true_peak) == pytest.approx(gain)


@pytest.mark.parametrize(
    ("powers", "one_sided"),
    [
        ([1.0, 0.0], True),
        ([0.0, 1.0], True),
        ([0.001, 1.0], True),
        ([0.0011, 1.0], False),  # somebody who speaks for four seconds of an hour into a microphone of their own
        ([0.0, 0.0], False),
        ([1.0], False),
        ([], False),
    ],
)
def test_one_channel_is_empty_when_it_has_a_thousandth_of_the_other(powers: list[float], one_sided: bool) -> None:
    assert is_one_sided(powers) is one_sided


@pytest.mark.parametrize("hours", [1 / 3600, 50 / 3600, 50.05 / 3600, 3])
def test_a_waveform_has_a_thousand_values_at_most_whatever_the_length(hours: float) -> None:
    duration_ms = round(hours * 3_600_000)
    windows = array("f", [0.5]) * math.ceil(duration_ms / WINDOW_MS)
    interval_ms, peaks = waveform(windows, gain_db=0.0, duration_ms=duration_ms)
    assert len(peaks) <= 1000
    assert (len(peaks) - 1) * interval_ms < duration_ms <= len(peaks) * interval_ms
    assert set(peaks) == {50}


def test_a_waveform_is_as_loud_as_what_plays_and_goes_on_to_the_end_of_the_picture() -> None:
    assert waveform(array("f", [0.1, 0.4, 0.8]), gain_db=6.02, duration_ms=240) == (50, (20, 80, 100, 0, 0))


@pytest.mark.parametrize(
    ("windows", "loudness", "duration_ms", "found"),
    [
        ([1.0] * 100, 0.0, 5000, ()),
        ([1.0] * 40 + [0.0] * 20 + [1.0] * 40, 0.0, 5000, ((2000, 3000),)),
        ([1.0] * 40 + [0.0] * 19 + [1.0] * 41, 0.0, 5000, ()),
        ([0.0] * 30 + [1.0] * 70, 0.0, 5000, ((0, 1500),)),
        ([1.0] * 70 + [0.0] * 30, 0.0, 5000, ((3500, 5000),)),
        ([1.0] * 60, 0.0, 5000, ((3000, 5000),)),  # the picture goes on
        ([0.0099] * 40 + [0.011] * 60, 0.0, 5000, ((0, 2000),)),
        ([9e-7] * 40 + [1e-4] * 60, -40.0, 5000, ((0, 2000),)),  # the same, quiet
        ([1e-5] * 100, -50.1, 5000, ((0, 5000),)),
        ([], None, 5000, ((0, 5000),)),
        ([], None, 300, ()),
    ],
)
def test_a_silence_lasts_a_second_and_is_far_below_the_rest(
    windows: list[float], loudness: float | None, duration_ms: int, found: tuple[tuple[int, int], ...]
) -> None:
    assert silences(windows, loudness_lufs=loudness, duration_ms=duration_ms) == found


# --- what the plan makes of it ------------------------------------------------------------------------------------

MUCH, LITTLE, NOTHING = Levelling(gain_db=6.0), Levelling(gain_db=1.5), Levelling()
VP9, AV1 = {"codec": "vp9"}, {"codec": "av1"}
OPUS = {"codec": "opus", "profile": ""}


@pytest.mark.parametrize(
    ("video", "audio", "levelling", "shown"),
    [
        ({}, {}, MUCH, ["copy:copy/copy", "+copy-aac:copy/aac 6.0"]),
        ({}, {}, Levelling(both_ears=True), ["copy:copy/copy", "+copy-aac:copy/aac 0.0"]),
        ({}, {}, LITTLE, ["copy:copy/copy"]),
        ({}, {}, NOTHING, ["copy:copy/copy"]),
        ({}, OPUS, MUCH, ["copy:copy/copy", "copy-aac:copy/aac 6.0"]),
        ({}, OPUS, LITTLE, ["copy:copy/copy", "copy-aac:copy/aac 1.5"]),
        ({}, {"codec": "mp3"}, MUCH, ["copy:copy/aac 6.0"]),
        (VP9, OPUS, MUCH, ["copy:copy/copy", "h264:h264/aac 6.0"]),
        (AV1, {}, MUCH, ["copy:copy/copy", "h264:h264/aac 6.0"]),
        (AV1, {}, LITTLE, ["copy:copy/copy", "h264:h264/copy"]),
        (None, {}, MUCH, ["sound:None/copy", "+sound-aac:None/aac 6.0"]),
        (None, OPUS, MUCH, ["sound:None/aac 6.0"]),
        ({}, None, NOTHING, ["copy:copy/None"]),
    ],
)
def test_what_is_encoded_is_levelled_and_a_copy_gets_a_sibling_where_it_is_worth_it(
    video: dict[str, str] | None, audio: dict[str, str] | None, levelling: Levelling, shown: list[str]
) -> None:
    plan = plan_publication(source_info(video, audio))
    items = [levelled(item, levelling) for item in plan.fast + plan.slow]
    sibling = levelled_sibling(items, levelling)

    def words(item: RenditionPlan, sign: str = "") -> str:
        return f"{sign}{item.name}:{item.video}/{item.audio}{f' {item.levelling.gain_db}' * (item.audio == 'aac')}"

    assert [*map(words, items), *([words(sibling, "+")] if sibling else [])] == shown
    assert [item.holds_source for item in items] == [item.holds_source for item in plan.fast + plan.slow]


# --- real sounds --------------------------------------------------------------------------------------------------

SPEECH = "anoisesrc=d=2:c=pink:r=48000:seed=1,highpass=150,lowpass=4000,volume={volume}dB"
"""About as speech is spread over the frequencies. At 0 dB it has -13 LUFS in both channels."""


@pytest.fixture
def hear(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> Callable[..., Heard]:
    """Return what makes a WAV of a filter line and listens to it."""

    def heard(name: str, line: str) -> Heard:
        return listen_to(make_source(f"{name}.wav", "-f", "lavfi", "-i", line), tmp_path, ffmpeg_path)

    return heard


def listen_to(source: Path, folder: Path, ffmpeg_path: Path) -> Heard:
    own = folder / f"listening to {source.name}"
    own.mkdir()
    return listen(source, probe(source, folder=folder), folder=own, ffmpeg_path=ffmpeg_path)


def test_quiet_and_loud_sound_get_the_gain_that_they_lack(hear: Callable[..., Heard]) -> None:
    quiet, quieter, loud = (hear(f"at{db}", SPEECH.format(volume=db)) for db in (-15, -30, 4))
    for sound, by in ((quiet, 0), (loud, 0)):
        assert sound.loudness_lufs is not None
        assert sound.levelling.gain_db == pytest.approx(-16 - sound.loudness_lufs + by)
    assert 8 < quiet.levelling.gain_db < 16
    assert quieter.levelling == Levelling(gain_db=20.0)
    assert loud.levelling.gain_db < -4


def test_silence_stays_silent_and_so_does_the_noise_of_a_room(hear: Callable[..., Heard]) -> None:
    digital = hear("digital", "anullsrc=r=48000:cl=mono,atrim=end=2")
    room = hear("room", SPEECH.format(volume=-50))
    assert (digital.loudness_lufs, digital.true_peak_dbtp, set(digital.peaks)) == (None, None, {0})
    for sound in (digital, room):
        assert sound.levelling.is_nothing
        assert sound.silences == ((0, 2000),)


def test_mono_is_as_loud_as_the_same_in_two_channels(hear: Callable[..., Heard]) -> None:
    # Half of it 18.5 dB below the rest: no silence, but one where the two sides are not counted alike.
    line = "sine=d=3,volume=-18.5dB:enable='gt(t,1.5)'"
    mono, stereo = hear("mono", line), hear("stereo", f"{line},pan=stereo|c0=c0|c1=c0")
    assert mono.loudness_lufs == pytest.approx(stereo.loudness_lufs, abs=0.11)
    assert mono.levelling == stereo.levelling
    assert mono.peaks == stereo.peaks
    assert mono.silences == stereo.silences == ()


@pytest.mark.parametrize("ending", ["webm", "wav"])
def test_silences_are_found_where_they_are(
    ending: str, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    line = f"{SPEECH.format(volume=-10).replace('d=2', 'd=4')},volume=0:enable='between(t,1,2.5)+gt(t,3.4)'"
    source = make_source(f"pauses.{ending}", "-f", "lavfi", "-i", line)
    ((start_ms, end_ms),) = listen_to(source, tmp_path, ffmpeg_path).silences
    assert start_ms == pytest.approx(1000, abs=WINDOW_MS)
    assert end_ms == pytest.approx(2500, abs=WINDOW_MS)


def test_sound_that_starts_late_is_late_in_the_waveform(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    picture = ("-f", "lavfi", "-i", "color=s=64x64:r=10:d=4")
    late = ("-itsoffset", "1.5", "-f", "lavfi", "-i", "sine=d=1")
    source = make_source("late.mkv", *picture, *late, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "libopus")
    heard = listen_to(source, tmp_path, ffmpeg_path)
    sounding = [number * heard.interval_ms for number, peak in enumerate(heard.peaks) if peak > 5]
    assert (sounding[0], sounding[-1]) == (pytest.approx(1500, abs=50), pytest.approx(2450, abs=50))
    assert len(heard.peaks) * heard.interval_ms == pytest.approx(4000, abs=50)
    (before, after) = heard.silences
    assert (*before, *after) == pytest.approx((0, 1500, 2500, 4000), abs=2 * WINDOW_MS)


SURROUND = f"{SPEECH.format(volume=-12)},pan=5.1|FC=c0|FL=0.3*c0|FR=0.3*c0|BL=0.1*c0|BR=0.1*c0"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("mono", SPEECH.format(volume=-12)),
        ("right", f"{SPEECH.format(volume=-12)},pan=stereo|c0=0.0005*c0|c1=c0"),
        ("surround", SURROUND),
        ("loud", f"{SPEECH.format(volume=6)},pan=stereo|c0=c0|c1=c0"),
    ],
    ids=["mono", "right", "surround", "loud"],
)
def test_what_is_encoded_is_as_loud_as_it_should_be_and_in_both_ears(
    name: str, line: str, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    source = make_source(f"levelled-{name}.mka", "-f", "lavfi", "-i", line, "-c:a", "pcm_s16le")
    info = probe(source, folder=tmp_path)
    before = listen_to(source, tmp_path, ffmpeg_path)
    assert before.levelling.both_ears is (name == "right")
    (item,) = plan_publication(info).fast
    made = make_rendition(source, info, levelled(item, before.levelling), folder=tmp_path, ffmpeg_path=ffmpeg_path)
    after = listen_to(made.path, tmp_path, ffmpeg_path)
    assert after.loudness_lufs == pytest.approx(-16, abs=1)
    assert after.levelling.is_nothing
    assert sides_of(made.path, ffmpeg_path) <= 0.1
    # The waveform that was drawn of the source is that of what plays.
    assert max(before.peaks) == pytest.approx(max(after.peaks), abs=12)


def sides_of(path: Path, ffmpeg_path: Path) -> float:
    """By how many dB two channels differ over the whole; 0 for one channel."""
    done = subprocess.run(
        [ffmpeg_path, "-hide_banner", "-i", path, "-af", "astats=measure_overall=none", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    levels = [float(line.rpartition(" ")[2]) for line in done.stderr.splitlines() if "RMS level dB" in line]
    return max(levels) - min(levels)


def test_of_a_sound_that_changes_its_form_nobody_has_heard_the_whole(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """A jingle in stereo before a quiet voice in mono: raised by what the voice lacks, the jingle would hurt."""
    bare = ("-c:a", "libmp3lame", "-write_xing", "0", "-id3v2_version", "0")
    jingle = make_source("jingle.mp3", "-f", "lavfi", "-i", "sine=d=1,volume=15dB,pan=stereo|c0=c0|c1=c0", *bare)
    voice = make_source("voice.mp3", "-f", "lavfi", "-i", "sine=d=1,volume=-10dB", *bare)
    both = tmp_path / "both.mp3"
    both.write_bytes(jingle.read_bytes() + voice.read_bytes())
    with pytest.raises(EngineFailed, match="changes its form"):
        listen_to(both, tmp_path, ffmpeg_path)


def test_sound_that_is_no_number_is_not_levelled(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    source = make_source("nan.wav", "-f", "lavfi", "-i", "aevalsrc=0/0:d=1", "-c:a", "pcm_f32le")
    assert listen_to(source, tmp_path, ffmpeg_path).levelling.is_nothing


def test_what_cannot_be_decoded_says_so(wav: Path, tmp_path: Path) -> None:
    info = probe(wav, folder=tmp_path)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(wav.read_bytes()[:44])
    with pytest.raises(EngineFailed):
        listen(broken, info, folder=tmp_path, ffmpeg_path=find_ffmpeg())
