"""How alike an encoded picture is to the one it was made of: SSIM, ffmpeg's own, all planes, 0 to 1.

A rendition is smaller than its clip. It is compared at its own size, with the clip scaled to that (bicubic): what is
measured is what the encoder lost, and not what fewer pixels lose. Frames are paired by number, so both must have the
same ones.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import av

MOST_FRAMES = 1800
"""A minute at 30 a second. Longer clips are their first minute again and again."""


def ssim(clip: Path, made: Sequence[Path]) -> list[float]:
    """Return the SSIM of each of these files, in one decode of the clip. ValueError where frames are missing."""
    there = _frames(clip)
    for path in made:
        if (frames := _frames(path)) != there:
            raise ValueError(f"{path.name} has {frames} frames, {clip.name} {there}")
    paired = f"settb=1/1000,setpts=N,trim=end_frame={MOST_FRAMES}"
    graph = [f"[0:v]{paired},split={len(made)}" + "".join(f"[clip{number}]" for number in range(len(made)))]
    for number, path in enumerate(made):
        width, height = _size(path)
        graph.append(f"[clip{number}]scale={width}:{height}[wanted{number}]")
        graph.append(f"[{number + 1}:v]{paired}[made{number}];[made{number}][wanted{number}]ssim@{number}[out{number}]")
    inputs = [word for path in (clip, *made) for word in ("-i", str(path))]
    outputs = [word for number in range(len(made)) for word in ("-map", f"[out{number}]")]
    command = ["ffmpeg", "-hide_banner", "-nostats", *inputs, "-filter_complex", ";".join(graph), *outputs]
    # Frames as they are, encoded by nothing: the null muxer would otherwise copy each into a raw one.
    command += ["-c:v", "wrapped_avframe", "-fps_mode", "passthrough", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    found = {
        int(number): float(value) for number, value in re.findall(r"\[(?:Parsed_)?ssim@(\d+) .*All:([\d.]+)", said)
    }
    return [found[number] for number in range(len(made))]


def _frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


def _size(path: Path) -> tuple[int, int]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return stream.width, stream.height
