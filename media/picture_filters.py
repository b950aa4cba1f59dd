"""What is done to pictures between decoding and encoding: whole frames of fields, a size, colours that are named.

Pure: lists of ffmpeg filters, each an option of `-vf`, for both versions of ffmpeg. Their order is fixed: fields are
joined at the stored size, high dynamic range is mapped at the size shown (a quarter of the work where 4K becomes HD).
"""

from media.probe import Color, VideoTrack

SDR_WHITE_NITS = 203
"""How bright white paper and a screen's white are in HDR (ITU-R BT.2408): what becomes SDR's white, nearly."""

HDR_PEAK_NITS = 1000
"""The brightest that is still told apart: what phones and HLG are graded for."""

HD_HEIGHT = 720
"""Pictures that do not name their matrix are BT.709 from here on and BT.601 below, as Chromium guesses, too. A rung of
480 lines must not change the colours of the 1080 lines that it was made of, so every encode says what it holds."""

SCALE_MATRICES = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "bt470",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
}
"""What the scale filter calls the matrices that it knows."""

WHOLE_FRAMES = "bwdif=mode=send_frame:parity=auto:deint=interlaced"
"""Makes one frame of two fields. One frame a frame: a field's own moment shows in sports, and costs twice the frames.
bwdif and not yadif: calmer edges for less work (a minute of 1080i25: 2 to 4 CPU s, yadif 5). Only frames that say they
are interlaced: mixed material has others."""


def sdr(video: VideoTrack, size: str) -> list[str]:
    """Return the filters that scale to `size` ("w:h" and more options) and end in 8-bit limited-range 4:2:0, tagged."""
    color = assumed_color(video)
    scale = f"scale={size}:out_range=limited"
    if _is_rgb(video):
        scale += f":out_color_matrix={'bt709' if color.matrix == 'bt709' else 'bt601'}"
    return [scale, "format=yuv420p", _tagged(color)]


def sdr_of_hdr(video: VideoTrack, size: str) -> list[str]:
    """Return the filters that do the same for PQ and HLG: linear light, brightness squeezed, gamut cut, curve.

    mobius leaves what SDR can show nearly as it is (white stays at 84 %) and bends what is brighter; hable, often seen,
    turns white grey (65 %). Squeezed before the gamut is cut, as that is one pass less over floats. Of a minute of
    1080p30 it takes 60 to 67 CPU s, as much as decoding and encoding; hable, or the gamut first, cost no less.
    """
    mapped = [*_tone_mapped(video.color), "zscale=p=bt709:t=bt709:m=bt709:r=limited", "format=yuv420p"]
    return [f"scale={size}", *mapped, _tagged(Color("bt709", "bt709", "bt709"))]


def still(video: VideoTrack, size: str) -> list[str]:
    """Return the filters that scale one frame to `size` for a JPEG: full range, and BT.601 as every JPEG is (JFIF)."""
    fields = [WHOLE_FRAMES] if video.interlaced else []
    if video.color.video_range != "SDR":
        mapped = [*_tone_mapped(video.color), "zscale=p=bt709:t=bt709:m=170m:r=full"]
        return [*fields, f"scale={size}", *mapped, "format=yuv420p"]
    matrix = SCALE_MATRICES.get(assumed_color(video).matrix, "auto")
    its_range = "full" if video.color.full_range else "auto"
    colors = f"in_color_matrix={matrix}:in_range={its_range}:out_color_matrix=bt601:out_range=full"
    return [*fields, f"scale={size}:{colors}"]


def _tone_mapped(color: Color) -> list[str]:
    linear = (
        f"zscale=tin={color.transfer}:pin={color.primaries or 'bt2020'}:min={color.matrix or 'bt2020nc'}"
        f":rin={'full' if color.full_range else 'limited'}:t=linear:npl={SDR_WHITE_NITS}"
    )
    return [linear, "format=gbrpf32le", f"tonemap=mobius:peak={HDR_PEAK_NITS / SDR_WHITE_NITS:.3f}:desat=0"]


def assumed_color(video: VideoTrack) -> Color:
    """Return what an encode says of its colours: what the source says, filled up with what browsers guess."""
    said = video.color
    if "bt2020" in f"{said.primaries} {said.matrix}":
        guess = Color("bt2020-10", "bt2020", "bt2020nc")
    elif "bt709" in (said.primaries, said.matrix) or min(video.display_size) >= HD_HEIGHT:
        guess = Color("bt709", "bt709", "bt709")
    else:
        guess = Color("smpte170m", "smpte170m", "smpte170m")
    matrix = guess.matrix if _is_rgb(video) else said.matrix or guess.matrix
    return Color(said.transfer or guess.transfer, said.primaries or guess.primaries, matrix)


def _is_rgb(video: VideoTrack) -> bool:
    return video.color.matrix == "gbr" or video.pixel_format.startswith(("gbr", "rgb", "bgr", "argb", "abgr", "0rgb"))


def _tagged(color: Color) -> str:
    # The frames carry it to the encoder: 9.0 heeds them and not the output's own options.
    return (
        f"setparams=range=limited:color_primaries={color.primaries}:color_trc={color.transfer}"
        f":colorspace={color.matrix}"
    )
