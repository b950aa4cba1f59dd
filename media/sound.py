"""What a source sounds like, heard once from start to end: how loud it is, its waveform, its silences; and what is done
about it when it is encoded.

One ffmpeg decodes the sound and measures it (commands.levels_command); everything else is arithmetic on its two
outputs, the levels of each window of 50 ms and the loudness of the whole. Silences come from the levels and not from
`silencedetect`, whose threshold must be known before how loud the rest is: one that fits a headset calls all that a
distant microphone records silence.

0.4 to 0.5 CPU seconds for a recorded minute (Opus, stereo, ffmpeg 5.1 and 9.0; a third of it for the true peak). The
levels are 4 MB of text for each 20 minutes, read line by line: 1.6 s and 30 MB for three hours.
"""

import math
import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from media import commands
from media.commands import WINDOW_MS
from media.errors import EngineFailed
from media.plan import AS_IT_IS, Levelling
from media.probe import SourceInfo
from media.runner import Limits, run

TARGET_LUFS = -16.0
HIGHEST_PEAK_DBTP = -1.0
"""What Apple asks of podcasts, speech on phones and laptops as ours is: -16 LUFS give or take 1, true peaks not above
-1 dBTP, as a lossy codec adds to them (podcasters.apple.com, "Audio requirements"). AES TD1008 is 2 LU below it for
speech."""

LARGEST_BOOST_DB = 20.0
"""Ten times the amplitude. What would need more is mostly the noise of its microphone."""

NEARLY_SILENT_LUFS = -50.0
"""Below this nobody speaks: what there is is the room, and it is not to be lifted."""

LEAST_GAIN_DB = 1.0
"""Less is not heard."""

ONE_SIDED_DB = 30.0
"""How far the power of one channel must be below the other's over the whole to be no second microphone: 0.1 % of it."""

SILENCE_BELOW_DB = 20.0
"""How far below the loudness of the whole a silence is: speech stays within 15 dB of it, a quiet room is 30 below."""

LEAST_SILENCE_MS = 1000
"""Shorter ones are the rhythm of speech."""

MOST_PEAKS = 1000
"""Values of a waveform: one for each pixel of the widest player."""

LEVELS_NAME = "levels.txt"
BOTH_EARS_DB = 10 * math.log10(2)
"""How much louder a sound is on two channels than on one (ITU-R BS.1770 adds up their powers)."""

_SUMMARY = re.compile(r"\[Parsed_ebur128_\d+ @ \w+\] Summary:")
_LOUDNESS = re.compile(r"\bI:\s+(\S+) LUFS")
_TRUE_PEAK = re.compile(r"\bPeak:\s+(\S+) dBFS")
_LEVEL = re.compile(r"lavfi\.astats\.(\d+)\.(Peak|RMS)_level=(\S+)")
NOTHING_HEARD_LUFS = -70.0
"""The absolute gate of BS.1770, and what ffmpeg says where nothing was above it, or for less than 0.4 s."""


@dataclass(frozen=True)
class Levels:
    """The level of each window of WINDOW_MS: the peak over all channels (1.0 is full scale), each one's mean square."""

    peaks: "array[float]"
    powers: "tuple[array[float], ...]"


@dataclass(frozen=True)
class Heard:
    """What a source sounds like. `loudness_lufs` and `true_peak_dbtp` are None where there is nothing to be heard.

    `levelling` is what is done to it. `peaks` are 0 to 100, as loud as it then plays, one for each `interval_ms`;
    `silences` are [start_ms, end_ms). Both count from the start of what plays.
    """

    loudness_lufs: float | None
    true_peak_dbtp: float | None
    levelling: Levelling
    interval_ms: int
    peaks: tuple[int, ...]
    silences: tuple[tuple[int, int], ...]


def listen(
    source: Path,
    info: SourceInfo,
    *,
    folder: Path,
    ffmpeg_path: Path,
    on_progress: Callable[[float], None] | None = None,
) -> Heard:
    """Return what the source's sound is like; it must have one. `folder` is fresh and empty.

    `on_progress` gets 0 to 1 and may raise to stop the work. Raises EngineFailed when it cannot be heard to the end.
    """
    command = commands.levels_command(ffmpeg_path, source, info, LEVELS_NAME)
    # Decoding sound costs a hundredth of its duration; 192 kHz in eight channels some times that.
    cpu_seconds = 60 + info.duration_ms // 1000 // 4
    limits = Limits(wall_seconds=4 * cpu_seconds, cpu_seconds=cpu_seconds)
    outcome = run(command, folder=folder, limits=limits, on_progress=on_progress)
    loudness, true_peak = parse_summary(outcome.stderr_tail)
    file = folder / LEVELS_NAME
    with file.open(encoding="ascii", errors="replace") as lines:
        levels = parse_levels(lines)
    file.unlink()
    return judge(levels, loudness_lufs=loudness, true_peak_dbtp=true_peak, duration_ms=info.duration_ms)


def parse_summary(stderr: str) -> tuple[float | None, float | None]:
    """Return the integrated loudness in LUFS and the true peak in dBTP of ebur128's last words; None for nothing heard.

    Raises EngineFailed where it said nothing. Where the sound changes its form on the way, as in MP3 files that were
    put together, ffmpeg begins anew with all filters, and nobody has heard the whole: EngineFailed, too.
    """
    *former, (lufs, dbtp) = [_summary(words) for words in _SUMMARY.split(stderr)[1:]] or [(None, None)]
    if lufs is None or dbtp is None:
        raise EngineFailed("The sound was not measured.", stderr_tail=stderr)
    # Some decoders find out only after their first packets what they have: of those nothing was heard.
    if any(part_lufs is not None and part_lufs > NOTHING_HEARD_LUFS for part_lufs, _peak in former):
        raise EngineFailed("The sound changes its form on the way.", stderr_tail=stderr)
    # Not a number, or infinite: samples in floats may be anything.
    return (
        lufs if math.isfinite(lufs) and lufs > NOTHING_HEARD_LUFS else None,
        dbtp if math.isfinite(dbtp) else None,
    )


def _summary(words: str) -> tuple[float | None, float | None]:
    loudness, peak = _LOUDNESS.search(words), _TRUE_PEAK.search(words)
    return float(loudness[1]) if loudness else None, float(peak[1]) if peak else None


def parse_levels(lines: Iterable[str]) -> Levels:
    """Return the levels that ametadata wrote of astats, a line for each value of each channel of each window.

    A source may bring metadata of its own, which stands among them and is passed over. Raises EngineFailed for what
    cannot be astats' own words.
    """
    peaks: array[float] = array("f")
    powers: dict[str, array[float]] = {}
    try:
        for line in lines:
            if line.startswith("frame:"):
                peaks.append(0.0)
            elif found := _LEVEL.match(line):
                channel, what, level_db = found[1], found[2], float(found[3])
                if what == "Peak":
                    peaks[-1] = max(peaks[-1], _ratio(level_db, per_ten=20))
                else:
                    powers.setdefault(channel, array("f")).append(_ratio(level_db, per_ten=10))
    except (ValueError, IndexError) as error:
        raise EngineFailed(f"The levels cannot be read: {error}") from error
    if any(len(channel) != len(peaks) for channel in powers.values()):
        raise EngineFailed("The levels of some windows are missing.")
    return Levels(peaks, tuple(powers.values()))


def _ratio(level_db: float, *, per_ten: int) -> float:
    """Return the amplitude (20 dB per ten) or power (10) of a level; what is no number is none, 100 dB the most."""
    return 0.0 if math.isnan(level_db) else 10 ** (min(level_db, 100.0) / per_ten)


def judge(levels: Levels, *, loudness_lufs: float | None, true_peak_dbtp: float | None, duration_ms: int) -> Heard:
    """Return what was heard, by its levels and the loudness of the whole as it is."""
    both_ears = is_one_sided([sum(powers) for powers in levels.powers])
    if loudness_lufs is not None and both_ears:
        loudness_lufs += BOTH_EARS_DB
    gain_db = gain_for(loudness_lufs, true_peak_dbtp)
    interval_ms, peaks = waveform(levels.peaks, gain_db=gain_db, duration_ms=duration_ms)
    # As loudness counts it: mono, and what is on one side, is on both.
    sides = 2 if both_ears or len(levels.powers) == 1 else 1
    windows = [sides * sum(window) for window in zip(*levels.powers, strict=True)]
    return Heard(
        loudness_lufs=loudness_lufs,
        true_peak_dbtp=true_peak_dbtp,
        levelling=Levelling(gain_db, both_ears) if gain_db or both_ears else AS_IT_IS,
        interval_ms=interval_ms,
        peaks=peaks,
        silences=silences(windows, loudness_lufs=loudness_lufs, duration_ms=duration_ms),
    )


def gain_for(loudness_lufs: float | None, true_peak_dbtp: float | None) -> float:
    """Return the gain in dB that brings a sound to the target; 0.0 where it stays as it is.

    A boost ends where the highest peak would be above HIGHEST_PEAK_DBTP, and at LARGEST_BOOST_DB.
    """
    if loudness_lufs is None or loudness_lufs < NEARLY_SILENT_LUFS:
        return 0.0
    gain_db = TARGET_LUFS - loudness_lufs
    if gain_db > 0:
        room_db = math.inf if true_peak_dbtp is None else HIGHEST_PEAK_DBTP - true_peak_dbtp
        gain_db = min(gain_db, room_db, LARGEST_BOOST_DB)
        # What is too quiet is not made quieter for the sake of its peaks: it came with them.
        gain_db = max(gain_db, 0.0)
    return round(gain_db, 2) if abs(gain_db) >= LEAST_GAIN_DB else 0.0


def is_one_sided(powers: list[float]) -> bool:
    """Return whether of two channels, by their power over the whole, one alone was recorded."""
    if len(powers) != 2:
        return False
    lower, higher = sorted(powers)
    return higher > 0 and lower <= higher * 10 ** (-ONE_SIDED_DB / 10)


def waveform(peaks: "array[float]", *, gain_db: float, duration_ms: int) -> tuple[int, tuple[int, ...]]:
    """Return an interval in ms and the highest peak in each, in per cent of full scale once the gain is applied.

    They span the whole duration, and are at most MOST_PEAKS.
    """
    count = max(len(peaks), math.ceil(duration_ms / WINDOW_MS))
    step = max(math.ceil(count / MOST_PEAKS), 1)
    per_cent = 100 * 10 ** (gain_db / 20)
    highest = (max(peaks[first : first + step], default=0.0) for first in range(0, count, step))
    return step * WINDOW_MS, tuple(min(round(per_cent * peak), 100) for peak in highest)


def silences(windows: list[float], *, loudness_lufs: float | None, duration_ms: int) -> tuple[tuple[int, int], ...]:
    """Return the silences of LEAST_SILENCE_MS and longer as (start_ms, end_ms), in order, by the power of each window.

    What has nearly nothing in it is one silence, and so is what plays on after the sound has ended.
    """
    if loudness_lufs is None or loudness_lufs < NEARLY_SILENT_LUFS:
        windows = []
    else:
        threshold = 10 ** ((loudness_lufs - SILENCE_BELOW_DB) / 10)
        windows = [power if power >= threshold else 0.0 for power in windows]
    found = []
    start_ms = 0
    for number, power in enumerate(windows):
        if power:
            found.append((start_ms, number * WINDOW_MS))
            start_ms = (number + 1) * WINDOW_MS
    found.append((start_ms, duration_ms))
    return tuple((start, end) for start, end in found if end - start >= LEAST_SILENCE_MS)
