"""`make screenshots`: a furnished installation, and every page of it as people see it, into build/screenshots.

The watch page in its light theme also becomes docs/watch.png, the picture in README.md.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.conftest import launch_options
from tests.e2e.every_page import DESKTOP, PAGES, SMALL_PHONE, sign_in
from tests.furnishing import World, furnish
from tests.installation import ROOT, Installation

TARGET = ROOT / "build" / "screenshots"
PICTURE_OF_README = ROOT / "docs" / "watch.png"
Theme = Literal["light", "dark", "phone"]
THEMES: tuple[Theme, ...] = get_args(Theme)

SLIDE = """
<body style="margin:0;width:1280px;height:720px;background:#f6f4ef;font-family:system-ui,sans-serif;color:#23303b">
<h1 style="position:absolute;left:80px;top:48px;font-size:52px;margin:0">{title}</h1>
<p style="position:absolute;left:80px;top:118px;font-size:26px;margin:0;color:#5b6770">{line}</p>
<svg style="position:absolute;left:80px;top:190px" width="860" height="440">{bars}</svg>
<div style="position:absolute;right:56px;bottom:56px;width:230px;height:230px;border-radius:50%;
  background:radial-gradient(circle at 50% 38%,#e8c9a9 0 27%,#3d5a73 28% 62%,#2b4256 63%)"></div></body>
"""


def slide(title: str, line: str, heights: list[int]) -> str:
    """Return a page that looks like somebody's slide with the speaker in its corner."""
    bars = "".join(
        f'<rect x="{90 * i}" y="{430 - 4 * height}" width="62" height="{4 * height}" rx="6"'
        f' fill="{"#c8643c" if i == 5 else "#7d99ad"}"/>'
        for i, height in enumerate(heights)
    )
    return SLIDE.format(title=title, line=line, bars=bars)


def film(browser: Browser, folder: Path, name: str, pages: list[str], seconds: int) -> Path:
    """Return a video of `seconds` that shows these pages one after the other."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    for number, html in enumerate(pages):
        page.set_content(html)
        page.screenshot(path=folder / f"{name}-{number}.png")
    page.close()
    rate = f"{len(pages)}/{seconds}"
    path = folder / f"{name}.mp4"
    inputs = f"-framerate {rate} -i {folder / name}-%d.png -f lavfi -i sine=frequency=220:duration={seconds}".split()
    output = f"-r 10 -c:v libx264 -preset veryfast -pix_fmt yuv420p -g 20 -c:a aac -shortest {path}".split()
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *output], check=True)
    return path


def november(browser: Browser, folder: Path) -> Path:
    """Return a talk about numbers, 95 s long."""
    heights = [38, 44, 41, 52, 55, 96, 58, 61]
    slides = [slide("Numbers of November", "New customers by week", heights[: 4 + i]) for i in range(5)]
    return film(browser, folder, "november", slides, 95)


def tour(browser: Browser, folder: Path) -> Path:
    """Return a tour of a team's places, 64 s long."""
    slides = [slide("Where things are", "A tour for Kim's first day", [61, 58, 96, 55, 52, 41, 44, 38])]
    return film(browser, folder, "tour", slides, 64)


@contextmanager
def window(browser: Browser, installation: Installation, who: str | None, theme: Theme) -> Iterator[Page]:
    """Yield a page in which somebody is signed in, None for nobody."""
    context: BrowserContext = browser.new_context(
        base_url=installation.url,
        color_scheme="dark" if theme == "dark" else "light",
        viewport=SMALL_PHONE if theme == "phone" else DESKTOP,
        device_scale_factor=2,
        permissions=["camera", "microphone"],
    )
    page = context.new_page()
    if who is not None:
        sign_in(page, f"{who}@example.com")
    yield page
    context.close()


def take_pictures(world: World, browser: Browser, wanted: Sequence[str]) -> None:
    """Write a picture of each page whose name starts with one of `wanted`: light, dark, as wide as a small phone."""
    pages = [shown for shown in PAGES if shown.name.startswith(tuple(wanted))]
    for theme in THEMES:
        for who in sorted({shown.who or "" for shown in pages}):
            with window(browser, world.installation, who or None, theme) as page:
                for shown in (shown for shown in pages if (shown.who or "") == who):
                    page.goto(shown.path(world))
                    page.wait_for_load_state("load")
                    if shown.arrange is not None:
                        shown.arrange(page)
                    page.wait_for_timeout(1500)  # the player seeks to the start time, pictures fade in
                    page.screenshot(path=TARGET / f"{shown.name}-{theme}.png")


def main(wanted: Sequence[str] = ("",)) -> None:
    """Start an installation, furnish it, take the pictures of the pages that `wanted` names, stop it."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="videoshare-pictures-") as name, sync_playwright() as playwright:
        folder = Path(name)
        installation, bare = Installation(folder / "installation"), Installation(folder / "bare")
        browser = playwright.chromium.launch(**launch_options("--use-fake-device-for-media-stream=fps=30"))
        try:
            world = furnish(installation.start(), november=november(browser, folder), tour=tour(browser, folder))
            world.setup_link = bare.start().wait_for_line(r"http://\S+/setup/\S+")
            take_pictures(world, browser, wanted)
        finally:
            browser.close()
            installation.kill()
            bare.kill()
        if (TARGET / "watch-light.png").exists():
            shutil.copy(TARGET / "watch-light.png", PICTURE_OF_README)
    sys.stdout.write(f"Pictures are in {TARGET.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main(sys.argv[1:] or ("",))
