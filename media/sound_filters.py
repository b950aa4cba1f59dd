"""The filters that make of a source's sound what people hear, for whatever it is measured or encoded by.

Written for ffmpeg 5.1 and 9.0 alike.
"""

from itertools import zip_longest

from media.plan import Levelling
from media.probe import SourceInfo
from media.scan_process import LONG_HOLE_MS

SAMPLE_RATE = 48_000

BEFORE_HOLE_ENDS_MS = 1000
"""Where what comes before a long hole is joined to what comes after it: early enough to lose nothing of that."""


def is_mono(info: SourceInfo) -> bool:
    return info.audio is not None and info.audio.channels == 1


def heard(info: SourceInfo, *, first_pts: bool) -> list[str]:
    """Return the filters that make of the source's sound what people hear: one or two channels, without holes.

    What is measured passes the same ones as what is encoded. `first_pts` fills up with silence from the start of what
    plays to that of the sound.
    """
    # Nobody has a matrix from ambisonics to stereo: the first channel is the one that hears all around.
    all_around = ["pan=stereo|c0=c0|c1=c0"] if info.audio is not None and info.audio.ambisonic else []
    return [
        *all_around,
        _without_holes(info, first_pts=first_pts),
        # In floats, whatever the source and the next filter prefer: a mix of more channels into whole numbers is scaled
        # down, and what is encoded would be louder than what was measured.
        f"aformat=sample_fmts=fltp:channel_layouts={'mono' if is_mono(info) else 'stereo'}",
    ]


def _without_holes(info: SourceInfo, *, first_pts: bool) -> str:
    """Return the filter that puts silence where the source has no sound; for long holes, a graph with one way through.

    A gap in the source's timestamps (a tab without sound, a lost packet) becomes silence of the same length; the
    encoder counts samples and would close the gap, and sound would run ahead of the picture from there on. 0.06 s:
    below the 80 ms that a timestamp may move, above the jitter of browsers' recorders (20 ms).
    """
    silence = f"aresample={SAMPLE_RATE}:async=1:min_hard_comp=0.06"
    if info.audio is None:
        return silence
    begin_ms = info.audio.start_ms - info.start_ms
    is_late = first_pts and begin_ms > LONG_HOLE_MS
    if not info.audio.hole_ends_ms and not is_late:
        return silence + (":first_pts=0" if first_pts else "")
    # It makes the silence of a hole in one go: 3.2 GB for 78 minutes in two channels. So what comes before a long hole
    # is padded, a little at a time, until just before it ends, and what comes after it is put behind.
    ends_ms = [*([begin_ms] if is_late else []), *(end_ms - info.start_ms for end_ms in info.audio.hole_ends_ms)]
    cuts_ms = [0 if first_pts else begin_ms, *(end_ms - BEFORE_HOLE_ENDS_MS for end_ms in ends_ms)]
    stretches, split = [], ""
    for number, (cut_ms, next_ms) in enumerate(zip_longest(cuts_ms, cuts_ms[1:])):
        if is_late and not number:
            layout = "mono" if is_mono(info) else "stereo"
            stretches.append(f"anullsrc=r={SAMPLE_RATE}:cl={layout},atrim=duration={next_ms / 1000:.3f}[p0]")
            continue
        trim = f"start={cut_ms / 1000:.3f}" + (f":end={next_ms / 1000:.3f}" if next_ms else "")
        pad = f",apad=whole_dur={(next_ms - cut_ms) / 1000:.3f}" if next_ms else ""
        shift = f"asetpts=PTS-{cut_ms / 1000:.3f}/TB"
        stretches.append(f"[s{number}]atrim={trim},{shift},{silence}:first_pts=0{pad}[p{number}]")
        split += f"[s{number}]"
    joined = "".join(f"[p{number}]" for number in range(len(cuts_ms))) + f"concat=n={len(cuts_ms)}:v=0:a=1"
    graph = (f"asplit={split.count('[')}{split}", *stretches, joined)
    return ";".join(graph) + f",asetpts=PTS+{cuts_ms[0] / 1000:.3f}/TB"


def level(levelling: Levelling) -> list[str]:
    filters = []
    if levelling.both_ears:
        # The sum, not the one side: whatever little there is on the other stays.
        filters.append("pan=stereo|c0=c0+c1|c1=c0+c1")
    if levelling.gain_db:
        filters.append(f"volume={levelling.gain_db:.2f}dB")
    return filters
