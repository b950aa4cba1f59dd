"""Clips as recorders make them, for the bench: a screen, a face, and a screen with a face in its corner.

Made from pictures that are drawn here, H.264 and Opus in MP4, a fragment each 2 s, 1080p, frames at their own times:
what does not move gives a frame a second.
"""

import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 1920, 1080
PAGE_HEIGHT = 6 * HEIGHT
KINDS = ("screen", "mix", "face")

STILL = "format=yuv420p,loop=loop=-1:size=1,setpts=N/30/TB"
# Reading for four seconds, scrolling for four, then the next screenful.
SCROLL = f"(floor(t/8)+clip((mod(t,8)-4)/4,0,1))*{HEIGHT}"
AT_LEAST_ONE_A_SECOND = "mpdecimate=max=30"
SWAY = "rotate=0.02*sin(t*1.7):c=none,crop=1920:1080:'64+40*sin(t*1.1)':'64+24*sin(t*2.3)'"
# What a camera sees is never still: grain on the sensor, and light that flickers a little.
GRAIN = "noise=alls=7:allf=t,eq=brightness='0.01*sin(t*5)':eval=frame"
VOICE = "anoisesrc=color=brown:amplitude=0.6:seed=1,tremolo=f=4:d=0.9,tremolo=f=0.3:d=0.7,highpass=f=120"
AS_RECORDED = (
    "-c:v libx264 -preset superfast -tune zerolatency -bf 0 -g 10000 -force_key_frames expr:gte(t,n_forced*2)"
    " -pix_fmt yuv420p -c:a libopus -b:a 64k -fps_mode vfr -enc_time_base 1:1000"
)
CUT = "-video_track_timescale 30000 -movflags frag_keyframe+empty_moov+default_base_moof"
MINUTE_S = 60
BITRATES = {"screen": "2500k", "mix": "4000k", "face": "5000k"}
SLOW = (
    "-f lavfi -i testsrc=size=640x360:rate=1,noise=alls=20:allf=t -f lavfi -i {voice} -t 60 -c:v libx264"
    " -preset superfast -b:v 250k -g 2 -bf 0 -pix_fmt yuv420p -c:a libopus -b:a 32k"
)


@dataclass(frozen=True)
class Clip:
    """A recording in a file: what it shows, and for how long."""

    kind: str
    seconds: float
    path: Path

    @property
    def name(self) -> str:
        """Return how tables call it."""
        return f"{self.kind}, {self.seconds:.0f} s"

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size

    def per_minute(self, amount: float) -> float:
        """Return how much of something there is to each recorded minute."""
        return amount * MINUTE_S / self.seconds


def make_clip(kind: str, seconds: int, folder: Path) -> Clip:
    """Return the clip of this kind and length, made in `folder`; one that is there is used again.

    Minutes are the first one again and again.
    """
    path = folder / f"{kind}-{seconds}.mp4"
    if not path.exists() and seconds > MINUTE_S:
        _repeat(make_clip(kind, MINUTE_S, folder).path, seconds // MINUTE_S, path)
    elif not path.exists():
        _film(kind, seconds, path)
    return Clip(kind, seconds, path)


def make_slow_clip(minutes: int, folder: Path) -> Clip:
    """Return a recording that is long and costs little: a frame a second of 640x360, a fragment each 2 s."""
    minute, path = folder / "slow-minute.mp4", folder / f"slow-{minutes}.mp4"
    arguments = [word.format(voice=VOICE) for word in SLOW.split()]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, *CUT.split(), str(minute)], check=True)
    _repeat(minute, minutes, path)
    return Clip("slow", minutes * MINUTE_S, path)


def draw_page(folder: Path) -> Path:
    """Return the picture of a long page, drawn once in `folder`."""
    path = folder / "page.png"
    if not path.exists():
        _draw_page().save(path)
    return path


def draw_face(folder: Path) -> Path:
    """Return the picture of a head before a room, drawn once in `folder`."""
    path = folder / "face.png"
    if not path.exists():
        _draw_face().save(path)
    return path


def _repeat(minute: Path, times: int, path: Path) -> None:
    again = ["-stream_loop", str(times - 1), "-i", str(minute)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *again, "-c", "copy", *CUT.split(), str(path)], check=True)


def _film(kind: str, seconds: int, path: Path) -> None:
    page, face = draw_page(path.parent), draw_face(path.parent)
    inputs = ["-i", str(page), "-i", str(face)]
    screen = f"[0:v]{STILL},crop={WIDTH}:{HEIGHT}:0:'mod({SCROLL},{PAGE_HEIGHT - HEIGHT})'"
    camera = f"[1:v]{STILL},{SWAY}"
    graph = {
        "screen": f"{screen},{AT_LEAST_ONE_A_SECOND}[v]",
        "face": f"{camera},{GRAIN}[v]",
        "mix": f"{screen}[s];{camera},scale=480:270,{GRAIN}[c];[s][c]overlay=W-w-32:H-h-32[v]",
    }[kind]
    how = [*AS_RECORDED.split(), *CUT.split(), "-b:v", BITRATES[kind], "-maxrate", BITRATES[kind], "-bufsize", "5M"]
    sound = ["-f", "lavfi", "-i", VOICE]
    command = ["ffmpeg", "-v", "error", "-y", *inputs, *sound, "-filter_complex", graph, "-map", "[v]", "-map", "2:a"]
    subprocess.run([*command, "-t", str(seconds), *how, str(path)], check=True)


def _draw_page() -> Image.Image:
    """Return a long page of text, headings, tables and a chart now and then."""
    chance = random.Random(1)
    page = Image.new("RGB", (WIDTH, PAGE_HEIGHT), "white")
    draw = ImageDraw.Draw(page)
    text, heading = ImageFont.load_default(22), ImageFont.load_default(40)
    y = 40
    while y < PAGE_HEIGHT - 60:
        what = chance.random()
        if what < 0.06:
            draw.text((120, y), _words(chance, 5), font=heading, fill="#223")
            y += 70
        elif what < 0.1:
            for bar in range(24):
                height = chance.randrange(20, 200)
                left = 140 + bar * 60
                draw.rectangle((left, y + 210 - height, left + 40, y + 210), fill=f"hsl({bar * 15}, 60%, 55%)")
            y += 240
        else:
            draw.text((120, y), _words(chance, 22), font=text, fill="#333")
            y += 34
    return page


def _words(chance: random.Random, count: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return " ".join("".join(chance.choices(letters, k=chance.randrange(2, 10))) for _ in range(count))


def _draw_face() -> Image.Image:
    """Return a head before a blurred room, with a margin to sway in."""
    chance = random.Random(2)
    size = (WIDTH + 128, HEIGHT + 128)
    room = Image.effect_noise((size[0] // 40, size[1] // 40), 90).resize(size, Image.Resampling.BICUBIC)
    picture = Image.merge("RGB", (room, room.point(lambda value: value * 0.9), room.point(lambda value: value * 0.75)))
    draw = ImageDraw.Draw(picture)
    middle, head = size[0] // 2, size[1] // 2
    draw.ellipse((middle - 560, head + 230, middle + 560, size[1] + 500), fill="#34495e")
    draw.ellipse((middle - 240, head - 330, middle + 240, head + 300), fill="#d8a989")
    for left in (-110, 110):
        draw.ellipse((middle + left - 34, head - 70, middle + left + 34, head - 34), fill="#402a20")
    draw.ellipse((middle - 80, head + 120, middle + 80, head + 170), fill="#8b3a3a")
    for _ in range(900):  # hair
        x = middle + chance.randrange(-250, 250)
        draw.line((x, head - 320, x + chance.randrange(-30, 30), head - 180), fill="#2b1d14", width=3)
    return picture.filter(ImageFilter.GaussianBlur(1.5))
