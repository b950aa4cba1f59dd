"""What is made of which source: one table, and the rules behind it."""

from dataclasses import replace
from typing import Any

import pytest

from media.plan import RenditionPlan, fit, plan_publication
from media.probe import Color
from tests.media.samples import source_info

H264: dict[str, Any] = {}
OPUS = {"codec": "opus", "profile": ""}
NONE = None
TALL = {"width": 1080, "height": 1920}
UHD = {"width": 3840, "height": 2160}
EIGHT_BITS = {"pixel_format": "yuv420p"}
TEN_BITS = {"pixel_format": "yuv420p10le"}
PHONE_HEVC = {"codec": "hevc", "profile": "Main", "tag": "hvc1", "rotation": 90}
HLG = TEN_BITS | {"color": Color("arib-std-b67", "bt2020", "bt2020nc")}
PQ = TEN_BITS | {"color": Color("smpte2084", "bt2020", "bt2020nc")}
PRORES = {"codec": "prores", "profile": "HQ", "tag": "apch", "pixel_format": "yuv422p10le"}
SURROUND = {"channels": 6}
PCM = {"codec": "pcm_s16le", "profile": ""}

CASES: list[tuple[str, dict[str, Any] | None, dict[str, Any] | None, list[str], list[str]]] = [
    # what it is, video, audio, fast, slow (name:video/audio, * plays everywhere, and what else is done to the picture)
    ("H.264 and AAC", H264, {}, ["copy:copy/copy*"], []),
    ("H.264 alone", H264, NONE, ["copy:copy/None*"], []),
    ("H.264 and Opus", H264, OPUS, ["copy:copy/copy", "copy-aac:copy/aac*"], []),
    ("H.264 and MP3", H264, {"codec": "mp3"}, ["copy:copy/aac*"], []),
    ("H.264 and PCM", H264, {"codec": "pcm_s16le"}, ["copy:copy/aac*"], []),
    ("H.264 and Vorbis", H264, {"codec": "vorbis"}, ["copy:copy/aac*"], []),
    ("full range H.264", {"pixel_format": "yuvj420p"}, {}, ["copy:copy/copy*"], []),
    ("H.264, several SPS", {"several_sps": True}, OPUS, [], ["h264:h264/aac*"]),
    ("H.264, 10 bits", {"pixel_format": "yuv420p10le"}, {}, [], ["h264:h264/copy*"]),
    ("H.264, 4:2:2", {"pixel_format": "yuv422p"}, {}, [], ["h264:h264/copy*"]),
    ("H.264, 4:4:4", {"pixel_format": "yuv444p"}, {}, [], ["h264:h264/copy*"]),
    ("VP8 and Opus", {"codec": "vp8"}, OPUS, [], ["h264:h264/aac*"]),
    ("VP9 and Opus", {"codec": "vp9"}, OPUS, ["copy:copy/copy"], ["h264:h264/aac*"]),
    ("VP9 and Vorbis", {"codec": "vp9"}, {"codec": "vorbis"}, ["copy:copy/aac"], ["h264:h264/aac*"]),
    ("VP9, 4:4:4", {"codec": "vp9", "pixel_format": "yuv444p"}, OPUS, [], ["h264:h264/aac*"]),
    ("AV1 and AAC", {"codec": "av1"}, {}, ["copy:copy/copy"], ["h264:h264/copy*"]),
    ("HEVC, 10 bits", {"codec": "hevc", "pixel_format": "yuv420p10le"}, {}, ["copy:copy/copy"], ["h264:h264/copy*"]),
    ("HEVC of a phone", PHONE_HEVC, {}, ["copy:copy/copy"], ["h264:h264/copy*"]),
    ("HLG of a phone", PHONE_HEVC | HLG, {}, ["copy:copy/copy HLG"], ["h264:h264/copy* tone-mapped"]),
    ("PQ in AV1", {"codec": "av1"} | PQ, OPUS, ["copy:copy/copy PQ"], ["h264:h264/aac* tone-mapped"]),
    ("PQ in VP9", {"codec": "vp9"} | PQ, OPUS, ["copy:copy/copy PQ"], ["h264:h264/aac* tone-mapped"]),
    ("HLG in H.264", HLG | EIGHT_BITS, {}, ["copy:copy/copy HLG"], ["h264:h264/copy* tone-mapped"]),
    ("PQ in ProRes", PRORES | PQ, PCM, [], ["h264:h264/aac* tone-mapped"]),
    ("HEVC, 4:2:2 of a camera", {"codec": "hevc", "pixel_format": "yuv422p10le"}, PCM, [], ["h264:h264/aac*"]),
    ("ProRes", PRORES, PCM, [], ["h264:h264/aac*"]),
    ("DNxHR", {"codec": "dnxhd", "pixel_format": "yuv422p"}, PCM, [], ["h264:h264/aac*"]),
    ("Motion JPEG of a camera", {"codec": "mjpeg", "pixel_format": "yuvj422p"}, PCM, [], ["h264:h264/aac*"]),
    ("MPEG-4 of an old phone", {"codec": "mpeg4"}, {}, [], ["h264:h264/copy*"]),
    ("MPEG-2 of a broadcast", {"codec": "mpeg2video"}, {"codec": "ac3"}, [], ["h264:h264/aac*"]),
    ("Theora", {"codec": "theora"}, {"codec": "vorbis"}, [], ["h264:h264/aac*"]),
    ("H.264, decoding times alone", {"lacks_times": True}, {"codec": "mp3"}, [], ["h264:h264/aac*"]),
    ("H.264, interlaced", {"interlaced": True}, {"codec": "ac3"}, [], ["h264:h264/aac* deinterlaced"]),
    ("ProRes, interlaced", PRORES | {"interlaced": True}, PCM, [], ["h264:h264/aac* deinterlaced"]),
    ("H.264, portrait", TALL, {}, ["copy:copy/copy*"], []),
    ("H.264, 4K", UHD, {}, ["copy:copy/copy*"], []),
    ("VP9, 4K", UHD | {"codec": "vp9"}, OPUS, ["copy:copy/copy"], ["h264:h264/aac*"]),
    ("H.264, 60 frames", {"frame_rate": 60.0}, {}, ["copy:copy/copy*"], []),
    ("VP8, 60 frames", {"codec": "vp8", "frame_rate": 60.0}, OPUS, [], ["h264:h264/aac*"]),
    ("HEVC, slow motion", PHONE_HEVC | {"frame_rate": 240.0}, {}, ["copy:copy/copy"], ["h264:h264/copy* thinned"]),
    ("H.264, 23.976 frames", {"frame_rate": 23.976}, {}, ["copy:copy/copy*"], []),
    ("H.264, uneven frames", {"frame_rate": 11.38, "last_frame_ms": 412}, {}, ["copy:copy/copy*"], []),
    ("a screen at 1 frame", {"frame_rate": 1.0, "last_frame_ms": 1000, "kbps": 40}, NONE, ["copy:copy/None*"], []),
    ("H.264, odd sides", {"width": 1365, "height": 767}, {}, ["copy:copy/copy*"], []),
    ("VP8, odd sides", {"codec": "vp8", "width": 1365, "height": 767}, OPUS, [], ["h264:h264/aac*"]),
    ("AAC, mono", H264, {"channels": 1}, ["copy:copy/copy*"], []),
    ("AAC, 5.1", H264, SURROUND, ["copy:copy/aac*"], []),
    ("Opus, 5.1", H264, OPUS | SURROUND, ["copy:copy/aac*"], []),
    ("AC-3, 5.1", H264, {"codec": "ac3"} | SURROUND, ["copy:copy/aac*"], []),
    ("AAC, 5.1, alone", NONE, SURROUND, ["sound:None/aac*"], []),
    ("HE-AAC", H264, {"profile": "HE-AAC"}, ["copy:copy/copy*"], []),
    ("AAC Main", H264, {"profile": "Main"}, ["copy:copy/aac*"], []),
    ("MP3 alone", NONE, {"codec": "mp3"}, ["sound:None/aac*"], []),
    ("FLAC alone", NONE, {"codec": "flac"}, ["sound:None/aac*"], []),
    ("Vorbis alone", NONE, {"codec": "vorbis"}, ["sound:None/aac*"], []),
    ("AAC alone", NONE, {}, ["sound:None/copy*"], []),
    ("Opus alone", NONE, OPUS, ["sound:None/aac*"], []),
    ("PCM alone", NONE, {"codec": "pcm_s16le"}, ["sound:None/aac*"], []),
    ("a turned phone", {"rotation": 90}, {}, ["copy:copy/copy*"], []),
    ("a hole of 39 ms", H264, {"longest_gap_ms": 39}, ["copy:copy/copy*"], []),
    ("a hole of 3 s", H264, {"longest_gap_ms": 3000}, ["copy:copy/aac*"], []),
    ("a hole in Opus", H264, OPUS | {"longest_gap_ms": 3000}, ["copy:copy/aac*"], []),
    ("a hole, sound alone", NONE, {"longest_gap_ms": 3000}, ["sound:None/aac*"], []),
    ("one keyframe, light", {"longest_key_gap_ms": 60_000, "kbps": 300}, {}, ["copy:copy/copy*"], []),
    ("one keyframe, heavy", {"longest_key_gap_ms": 60_000, "kbps": 8000}, {}, [], ["h264:h264/copy*"]),
]


@pytest.mark.parametrize(("video", "audio", "fast", "slow"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_the_plan_of(
    video: dict[str, Any] | None, audio: dict[str, Any] | None, fast: list[str], slow: list[str]
) -> None:
    plan = plan_publication(source_info(video, audio))

    def shown(items: tuple[RenditionPlan, ...]) -> list[str]:
        return [f"{i.name}:{i.video}/{i.audio}{'*' if i.plays_everywhere else ''}{besides(i)}" for i in items]

    def besides(item: RenditionPlan) -> str:
        done = {"deinterlaced": item.deinterlace, "tone-mapped": item.tone_map, "thinned": bool(item.frame_rate_cap)}
        words = [word for word, is_done in done.items() if is_done]
        return "".join(f" {word}" for word in [*words, *([item.video_range] if item.video_range != "SDR" else [])])

    assert (shown(plan.fast), shown(plan.slow)) == (fast, slow)


@pytest.mark.parametrize(("video", "audio"), [case[1:3] for case in CASES], ids=[c[0] for c in CASES])
def test_every_source_gets_something_that_plays_everywhere_under_names_of_its_own(
    video: dict[str, Any] | None, audio: dict[str, Any] | None
) -> None:
    plan = plan_publication(source_info(video, audio))
    items = plan.fast + plan.slow
    assert any(item.plays_everywhere for item in items)
    assert len({item.name for item in items}) == len(items)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1920, 1080), (1920, 1080)),
        ((1080, 1920), (1080, 1920)),
        ((3840, 2160), (1920, 1080)),
        ((2160, 3840), (1080, 1920)),
        ((640, 360), (640, 360)),
        ((641, 361), (640, 360)),
        ((3440, 1440), (1920, 802)),
        ((1, 1), (2, 2)),
        ((4000, 2), (1920, 2)),
    ],
)
def test_a_transcode_fits_into_1080p_never_grows_and_has_even_sides(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fit(*size) == fitted


def test_sizes_are_those_people_see() -> None:
    turned = plan_publication(source_info({"rotation": 270}, {})).fast[0]
    wide_pixels = plan_publication(source_info({"width": 1440, "sample_aspect": (4, 3)}, {})).fast[0]
    assert (turned.width, turned.height) == (1080, 1920)
    assert (wide_pixels.width, wide_pixels.height) == (1920, 1080)


def test_only_a_changing_picture_is_letterboxed() -> None:
    assert plan_publication(source_info({"several_sps": True}, {})).slow[0].letterbox
    assert not plan_publication(source_info({"codec": "vp8"}, {})).slow[0].letterbox


@pytest.mark.parametrize(("frame_rate", "cap"), [(30.0, None), (60.0, None), (60.9, None), (120.0, 60.0)])
def test_only_more_than_sixty_frames_a_second_are_thinned(frame_rate: float, cap: float | None) -> None:
    assert plan_publication(source_info({"codec": "vp8", "frame_rate": frame_rate}, {})).slow[0].frame_rate_cap == cap


@pytest.mark.parametrize(("end_ms", "fills"), [(20_000, False), (19_999, True)])
def test_sound_missing_for_more_than_ten_seconds_is_filled_up(end_ms: int, fills: bool) -> None:
    (item,) = plan_publication(source_info({"end_ms": 30_000}, {"end_ms": end_ms})).fast
    assert item.fill_sound is fills
    assert item.audio == ("aac" if fills else "copy")


@pytest.mark.parametrize("track", [{"end_ms": 1000}, {"start_ms": 11_000, "end_ms": 30_000}])
def test_a_picture_missing_for_more_than_ten_seconds_is_held_and_cannot_be_copied(track: dict[str, int]) -> None:
    plan = plan_publication(source_info(track, {"end_ms": 30_000}))
    assert plan.fast == ()
    assert plan.slow[0].hold_picture


HEAVY = {"kbps": 4000}


@pytest.mark.parametrize(
    ("video", "audio", "expected"),
    [
        (HEAVY, {}, ["720p:h264/copy 1280x720", "360p:h264/copy 640x360"]),
        (HEAVY, OPUS, ["720p:h264/aac 1280x720", "360p:h264/aac 640x360"]),
        (HEAVY, NONE, ["720p:h264/None 1280x720", "360p:h264/None 640x360"]),
        (HEAVY | TALL, {}, ["720p:h264/copy 720x1280", "360p:h264/copy 360x640"]),
        (HEAVY | {"rotation": 90}, {}, ["720p:h264/copy 720x1280", "360p:h264/copy 360x640"]),
        (HEAVY | UHD, {}, ["1080p:h264/copy 1920x1080", "720p:h264/copy 1280x720", "360p:h264/copy 640x360"]),
        # What is encoded is 1080p itself.
        (HEAVY | UHD | {"codec": "vp9"}, OPUS, ["720p:h264/aac 1280x720", "360p:h264/aac 640x360"]),
        (HEAVY | {"codec": "vp8"}, OPUS, ["720p:h264/aac 1280x720", "360p:h264/aac 640x360"]),
        ({"kbps": 1500}, {}, []),
        (HEAVY | {"width": 640, "height": 360}, {}, []),
        (NONE, {}, []),
    ],
)
def test_what_is_heavy_gets_rungs_that_play_everywhere(
    video: dict[str, Any] | None, audio: dict[str, Any] | None, expected: list[str]
) -> None:
    plan = plan_publication(source_info(video, audio))
    shown = [f"{item.name}:{item.video}/{item.audio} {item.width}x{item.height}" for item in plan.rungs]
    assert shown == expected
    assert all(item.plays_everywhere for item in plan.rungs)
    assert all(item.is_rung for item in plan.rungs)
    assert not any(item.is_rung for item in plan.fast + plan.slow)


def test_a_rung_is_made_of_its_source_as_the_top_is() -> None:
    video = HEAVY | HLG | {"codec": "hevc", "several_sps": True, "interlaced": True, "frame_rate": 240.0}
    plan = plan_publication(source_info(video, {"end_ms": 30_000}))
    (top,) = plan.slow
    assert all((top.letterbox, top.tone_map, top.deinterlace, top.hold_picture, top.frame_rate_cap))
    assert [replace(item, name=top.name, width=top.width, height=top.height, is_rung=False) for item in plan.rungs] == [
        top,
        top,
    ]


def test_where_copying_has_failed_the_rungs_are_there_all_the_same() -> None:
    plan = plan_publication(source_info(HEAVY, OPUS), without_copies=True)
    assert [item.name for item in plan.all] == ["h264", "720p", "360p"]
