"""Every ffmpeg command of the engine, built by ffmpeg-python and run by nobody here. Each flag carries its reason.

All commands run on ffmpeg 5.1 and 9.0 alike and are made for hostile sources: the source is opened by the one demuxer
its first bytes called for, by whitelisted decoders, from the local file system alone.
"""

from pathlib import Path
from typing import Any

import ffmpeg

from media.containers import Container, container_named, decoders_of
from media.plan import RenditionPlan
from media.probe import MAX_PIXELS, SourceInfo, VideoTrack
from media.runner import Command

AAC_SAMPLE_RATE = 48_000
KEYFRAME_SECONDS = 2
"""Keyframes of encoded renditions stand on this grid of the source's clock: rungs then switch at the same instants."""

SHORT_GAP_MS = 4000
MIN_FRAGMENT_MS = 1500
MAX_FRAGMENT_MS = 10_000

TAIL_SECONDS = 2.0
"""How much longer than the scanned duration an output may get: room for encoder delay, an end for a run-away."""

LAST_FRAME_SECONDS = 2
"""How long the last frame counts as seen for choosing it; sound that goes on for longer leaves the keyframe before."""

HOLD_STEP_MS = 1000
"""How often a held picture is repeated: players want a frame in each segment; more would be encoded for nothing."""


def rendition_command(
    ffmpeg_path: Path, source: Path, info: SourceInfo, item: RenditionPlan, output_name: str, *, threads: int = 2
) -> Command:
    """Return the command that makes one rendition, a single-file fragmented MP4, in the working folder."""
    options: dict[str, Any] = {}
    streams = []
    opened = _open(source, container_named(info.container), threads=threads)
    if item.video is not None and info.video is not None:
        # V, not v: a cover picture is a stream too, and not the video.
        streams.append(opened["V:0"])
        options |= _copy_video(info.video) if item.video == "copy" else _encode_video(info, item, threads)
    if item.audio is not None and info.audio is not None:
        streams.append(opened["a:0"])
        options |= {"c:a": "copy"} if item.audio == "copy" else _encode_audio(info, item)
    options |= _fragments(info, item)
    options |= {
        # Subtitles, timecode and GPS tracks are not for viewers, nor are a phone's place and name.
        "dn": None,
        "sn": None,
        "map_metadata": -1,
        "map_chapters": -1,
        "t": f"{info.duration_ms / 1000 + TAIL_SECONDS:.3f}",
    }
    output = ffmpeg.output(*streams, f"file:{output_name}", **options)
    return _command(ffmpeg_path, output, purpose=f"make {item.name}", expected_ms=info.duration_ms)


def poster_command(
    ffmpeg_path: Path, source: Path, container: Container, *, size: tuple[int, int], at_ms: int, output_name: str
) -> Command:
    """Return the command that writes one JPEG of that size, of the keyframe at or before `at_ms` after the start."""
    return posters_command(ffmpeg_path, source, container, size=size, at_ms={output_name: at_ms})


def posters_command(
    ffmpeg_path: Path, source: Path, container: Container, *, size: tuple[int, int], at_ms: dict[str, int]
) -> Command:
    """Return the command that writes a JPEG for each name in `at_ms`, of the keyframe at or before that time.

    One process for all of them, as starting one costs more than a frame; the source is opened for each, and only sought
    in, so that the cost is that of their number, however long the source and however many its keyframes.
    """
    # Only keyframes are decoded: the cost of a poster is then that of one frame, wherever it lies.
    outputs = [
        _still(_open(source, container, threads=1, skip_frame="nokey", **_seek(time)), size, name)
        for name, time in at_ms.items()
    ]
    return _command(ffmpeg_path, ffmpeg.merge_outputs(*outputs), purpose="make poster")


def chosen_poster_command(
    ffmpeg_path: Path, source: Path, container: Container, *, size: tuple[int, int], at_ms: int, output_name: str
) -> Command:
    """Return the command that writes one JPEG of the very frame that is seen at `at_ms` after the start.

    All from the keyframe before is decoded. Times count from `at_ms`, and fps gives for 0 the last frame that is not
    later: accurate seeking gives the next one, which on a still screen may be another slide. tpad lets the last frame
    of all be seen for a while, or fps gives nothing where none comes after it.
    """
    opened = _open(source, container, threads=1, **_seek(at_ms))
    seen = f"tpad=stop_mode=clone:stop_duration={LAST_FRAME_SECONDS},fps=fps=1:start_time=0:round=up,"
    output = _still(opened, size, output_name, first=seen)
    return _command(ffmpeg_path, output, purpose="make chosen poster")


def _seek(at_ms: int) -> dict[str, Any]:
    # Land on the keyframe before, and give all from there on: exact seeking would drop the frames up to the time.
    return {"ss": f"{at_ms / 1000:.3f}", "noaccurate_seek": None} if at_ms > 0 else {}


def _still(opened: Any, size: tuple[int, int], output_name: str, *, first: str = "") -> Any:
    return ffmpeg.output(
        opened["V:0"],
        f"file:{output_name}",
        # In numbers, as the filter's own "keep the ratio" forgets that pixels need not be square.
        vf=f"{first}scale={size[0]}:{size[1]},setsar=1,format=yuvj420p",
        **{"frames:v": 1, "c:v": "mjpeg", "q:v": 3, "f": "image2", "update": 1},
        # JPEG is full range by definition; without this 9.0 refuses pictures that say they are limited.
        strict="unofficial",
        map_metadata=-1,
    )


def tiles_command(
    ffmpeg_path: Path, source: Path, container: Container, *, size: tuple[int, int], step_ms: int, most: int
) -> Command:
    """Return the command that writes the first keyframe of each `step_ms`, at most `most`, as `<time in ms>.ppm`."""
    # Only keyframes are decoded, and without smoothing their blocks, which nobody sees in a tile: half the cost.
    opened = _open(source, container, threads=1, skip_frame="nokey", skip_loop_filter="all")
    step = step_ms / 1000
    first = f"select=isnan(prev_selected_t)+gt(floor(t/{step:.3f})\\,floor(prev_selected_t/{step:.3f}))"
    return _command(ffmpeg_path, _frames(opened, first, size, "%d.ppm", most=most), purpose="make tiles")


def moments_command(
    ffmpeg_path: Path,
    source: Path,
    container: Container,
    *,
    size: tuple[int, int],
    at_ms: tuple[int, ...],
    length_ms: int,
    each: int,
) -> Command:
    """Return the command that writes `each` frames of what follows, for `length_ms`, the keyframe before each time.

    Their names are `<number in at_ms>_<time in ms from the keyframe>.ppm`. Fewer come where the source has fewer.
    """
    length = length_ms / 1000
    # A little less than the step, or a frame that is early by a rounding is left out and the next one is late.
    sparse = f"isnan(prev_selected_t)+gte(t-prev_selected_t\\,{0.95 * length / each:.4f})"
    # Times before the one that was sought are below 0, and vfr drops such frames.
    select = f"setpts=PTS-STARTPTS,select=lt(t\\,{length})*({sparse})"
    outputs = []
    for number, time in enumerate(at_ms):
        # t counts from the keyframe: a still screen has few frames, and reading would go on for the rest of them.
        opened = _open(source, container, threads=1, t=length, **_seek(time))
        outputs.append(_frames(opened, select, size, f"{number}_%d.ppm", most=each))
    return _command(ffmpeg_path, ffmpeg.merge_outputs(*outputs), purpose="make moments")


def _frames(opened: Any, select: str, size: tuple[int, int], names: str, *, most: int) -> Any:
    return ffmpeg.output(
        opened["V:0"],
        f"file:{names}",
        vf=f"{select},scale={size[0]}:{size[1]},setsar=1,format=rgb24",
        # Without vfr ffmpeg fills up what select has left out. Times in ms, as names hold them.
        **{"frames:v": most, "c:v": "ppm", "f": "image2", "frame_pts": 1},
        fps_mode="vfr",
        enc_time_base="1:1000",
        map_metadata=-1,
    )


def decode_command(ffmpeg_path: Path, rendition: Path, kinds: str) -> Command:
    """Return the command that decodes our own rendition to nothing, failing at the first error. `kinds`: v, a or va.

    `-xerror` would kill real recordings; here it is right, as the file came out of our own encoder a moment ago.
    """
    opened = _open(rendition, container_named("mp4"), threads=2, err_detect="explode")
    streams = [opened[f"{kind}:0"] for kind in kinds]
    output = ffmpeg.output(*streams, "-", f="null", fps_mode="passthrough")
    return _command(ffmpeg_path, output, purpose="decode check", extra=("-xerror",))


def _open(source: Path, container: Container, *, threads: int, **more: Any) -> Any:
    if container.drops_torn_packets:
        more["fflags"] = "+discardcorrupt"  # the scan does the same, so that their counts agree
    return ffmpeg.input(
        f"file:{source.resolve()}",
        # The demuxer is forced, and what a demuxer may open in turn is whitelisted: playlists read other files.
        f=container.demuxer,
        format_whitelist=",".join(container.formats),
        protocol_whitelist="file,pipe",
        codec_whitelist=",".join(decoders_of(container)),
        # A header alone can ask for gigabytes: the limits of size and count come before any memory.
        max_pixels=MAX_PIXELS,
        max_streams=32,
        probesize=5_000_000,
        analyzeduration=5_000_000,
        threads=threads,
        **more,
    )


def _command(
    ffmpeg_path: Path, output: Any, *, purpose: str, expected_ms: int = 0, extra: tuple[str, ...] = ()
) -> Command:
    # -n: the folder is fresh, so a file in the way is a mistake to be seen.
    output = output.global_args("-nostdin", "-hide_banner", "-n", "-loglevel", "warning", *extra)
    if expected_ms:
        output = output.global_args("-progress", "pipe:1", "-nostats")
    return Command(tuple(ffmpeg.compile(output, cmd=str(ffmpeg_path))), purpose=purpose, expected_ms=expected_ms)


def _copy_video(video: VideoTrack) -> dict[str, Any]:
    # In streams without a steady rate the last packet is said to last next to nothing. A fragment of that packet alone
    # adds no picture to what a player has: hls.js gives up on it, and the video never ends.
    lasts = f"max(DURATION\\,{max(video.last_frame_ms, 1) / 1000}/TB)"
    options: dict[str, Any] = {"c:v": "copy", "bsf:v": f"setts=pts=PTS:dts=DTS:duration={lasts}"}
    if video.codec == "h264":
        # avc3 allows parameter sets in the stream; with one set, avc1 says the same and plays in more places.
        options["tag:v"] = "avc1"
    if video.codec == "hevc":
        # Safari plays hvc1 and refuses hev1.
        options["tag:v"] = "hvc1"
    return options


def _encode_video(info: SourceInfo, item: RenditionPlan, threads: int) -> dict[str, Any]:
    return {
        "vf": ",".join(_picture_filters(info, item)),
        "c:v": "libx264",
        "preset": "veryfast",
        "crf": 23,
        # A bad minute must not exceed what a home connection carries: peaks of 6 Mbit/s at 1080p.
        "maxrate": "6M",
        "bufsize": "12M",
        "profile:v": "high",
        "threads:v": threads,
        # Frames keep their own times. A recording says 1000 frames a second in its header, and without vfr ffmpeg
        # duplicates frames up to that rate (30 times the work); without the time base it rounds times to a guessed rate
        # and merges frames.
        "fps_mode": "vfr",
        "enc_time_base": "1:90000",
        # Keyframes at the first frame of each two seconds of the source, and nowhere else.
        "force_key_frames": f"expr:if(isnan(prev_forced_t),1,gt({_grid('t')},{_grid('prev_forced_t')}))",
        "g": 100_000,
        "sc_threshold": 0,
        "video_track_timescale": 90_000,
    }


def _grid(time: str) -> str:
    """Return the expression for the number of the grid cell that a time in seconds lies in."""
    return f"floor({time}/{KEYFRAME_SECONDS})"


def _picture_filters(info: SourceInfo, item: RenditionPlan) -> list[str]:
    filters = _hold_filters(info) if item.hold_picture and info.video is not None else []
    if item.frame_rate_cap:
        # Dropping frames keeps the times of the others, where the fps filter would move them to its own grid.
        step = 1 / (item.frame_rate_cap * 1.05)
        filters.append(f"select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,{step:.5f})")
    size = f"{item.width}:{item.height}"
    if item.letterbox:
        # The filters are rebuilt when the picture changes its size; the encoder cannot change, so the frame stays.
        filters += [f"scale={size}:force_original_aspect_ratio=decrease", f"pad={size}:(ow-iw)/2:(oh-ih)/2"]
    else:
        filters.append(f"scale={size}")
    return [*filters, "setsar=1", "format=yuv420p"]


def _hold_filters(info: SourceInfo) -> list[str]:
    """Show the first frame from the start, and the last one until the sound has ended, once each HOLD_STEP_MS."""
    assert info.video is not None
    assert info.audio is not None
    begin_ms = min(info.video.start_ms, info.audio.start_ms)
    last = (info.video.end_ms - begin_ms) / 1000
    hold = max(info.audio.end_ms - info.video.end_ms, 0) / 1000
    return [
        "setpts=if(eq(N\\,0)\\,0\\,PTS)",
        f"tpad=stop_mode=clone:stop_duration={hold:.3f}",
        f"select=isnan(prev_selected_t)+lt(t\\,{last:.3f})+gte(t-prev_selected_t\\,{HOLD_STEP_MS / 1000})",
    ]


def _encode_audio(info: SourceInfo, item: RenditionPlan) -> dict[str, Any]:
    assert info.audio is not None
    stereo = info.audio.channels != 1
    # first_pts=0 and apad fill up with silence to the start and the end of the picture.
    before = ":first_pts=0" if item.fill_sound else ""
    after = f",apad=whole_dur={info.duration_ms / 1000:.3f}" if item.fill_sound else ""
    layout = "stereo" if stereo else "mono"
    return {
        "c:a": "aac",
        "b:a": "128k" if stereo else "96k",
        # A gap in the source's timestamps (a tab without sound, a lost packet) becomes silence of the same length; the
        # encoder counts samples and would close the gap, and sound would run ahead of the picture from there on.
        # 0.06 s: below the 80 ms that a timestamp may move, above the jitter of browsers' recorders (20 ms).
        "af": f"aresample={AAC_SAMPLE_RATE}:async=1:min_hard_comp=0.06{before},aformat=channel_layouts={layout}{after}",
    }


def _fragments(info: SourceInfo, item: RenditionPlan) -> dict[str, Any]:
    """The one file of fragments that our index cuts into segments."""
    options: dict[str, Any] = {
        "f": "mp4",
        # frag_keyframe: each fragment starts at a keyframe, where a segment may. delay_moov with frag_discont: the
        # first fragment carries each track's real start in its tfdt; otherwise a track that starts late is described by
        # an empty edit, which browsers skip, or has its first sample stretched back to 0. skip_trailer: nobody reads
        # mfra.
        "movflags": "+frag_keyframe+delay_moov+frag_discont+default_base_moof+skip_trailer",
        # Times start at 0 as a whole; tfdt cannot be negative, and AAC priming or B-frames come before 0.
        "avoid_negative_ts": "make_zero",
        # A track that starts late keeps the others waiting; the default queue of 128 packets would end the job, and the
        # default patience of ten seconds would set the zero before the late track's first time is known.
        "max_muxing_queue_size": 100_000,
        "max_interleave_delta": 0,
    }
    video, audio = info.video, info.audio
    if item.video is None or video is None:
        options["frag_duration"] = 4_000_000  # no keyframes to cut at: segments of four seconds
        return options
    sound_alone_ms = audio.end_ms - video.end_ms if audio is not None else 0
    if item.video == "copy" and max(video.longest_key_gap_ms, sound_alone_ms) <= SHORT_GAP_MS:
        # All-intra sources would give a fragment a frame; two seconds make a segment.
        options["min_frag_duration"] = MIN_FRAGMENT_MS * 1000
    else:
        # ffmpeg holds a fragment in memory. Long waits for a keyframe, or sound that outlasts the picture, are written
        # in pieces, which the index joins to one segment.
        options["frag_duration"] = MAX_FRAGMENT_MS * 1000
    return options
