"""`make screenshots`: a small team's installation, and its pages as people see them, into build/screenshots.

The watch page in its light theme also becomes docs/watch.png, the picture in README.md.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.conftest import launch_options
from tests.installation import ROOT, Installation
from tests.whole_way import expect, upload, wait_until_ready

TARGET = ROOT / "build" / "screenshots"
PICTURE_OF_README = ROOT / "docs" / "watch.png"
PASSWORD = "correct horse battery"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}

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


def say(installation: Installation, video: dict[str, Any], body: str, **who_and_when: Any) -> dict[str, Any]:
    """Return a new comment; keywords with a capital are headers, the others belong to the comment."""
    headers = {name: value for name, value in who_and_when.items() if name[0].isupper()}
    fields = {name: value for name, value in who_and_when.items() if not name[0].isupper()}
    made: dict[str, Any] = expect(
        201,
        installation.call("POST", f"/api/v1/videos/{video['id']}/comments/", data={"body": body, **fields}, **headers),
    ).json
    return made


def furnish(installation: Installation, browser: Browser, folder: Path) -> dict[str, Any]:
    """Return the video that the pictures are about, in an installation where a few people have talked about it."""
    installation.manage("adduser", "ana@example.com", "--name", "Ana Ferreira", "--password", PASSWORD)
    installation.manage("adduser", "ben@example.com", "--name", "Ben Okafor", "--password", PASSWORD)
    ana, ben = (installation.manage("createtoken", f"{name}@example.com")[-1] for name in ("ana", "ben"))
    heights = [38, 44, 41, 52, 55, 96, 58, 61]
    november = film(
        browser,
        folder,
        "november",
        [slide("Numbers of November", "New customers by week", heights[: 4 + i]) for i in range(5)],
        95,
    )
    tour = film(browser, folder, "tour", [slide("Where things are", "A tour for Kim's first day", heights[::-1])], 64)
    video = upload(installation, ana, november, "Numbers of November")
    others = [
        upload(installation, ben, tour, "Where things are: a tour for Kim"),
        upload(installation, ana, tour, "Why we moved the release to Thursday"),
    ]
    for item, token in [(video, ana), (others[0], ben), (others[1], ana)]:
        wait_until_ready(installation, item["id"], Authorization=f"Bearer {token}")

    share_token = video["share_url"].rstrip("/").rpartition("/")[2]
    guest = expect(
        201, installation.call("POST", "/api/v1/guests/", data={"share_token": share_token, "name": "Gale (Southwind)"})
    ).json
    as_gale = {"Share_Token": share_token, "Guest_Token": guest["guest_token"]}
    as_ana, as_ben = ({"Authorization": f"Bearer {token}"} for token in (ana, ben))
    say(installation, video, "Nice and short, thank you.", **as_ben)
    asked = say(installation, video, "Why this number? The week before was 55.", timestamp_ms=42_000, **as_gale)
    say(installation, video, "The fair in Lisbon: 31 of them came from there.", parent=asked["id"], **as_ana)
    say(installation, video, "Ah, that explains it. Can we see it without the fair?", parent=asked["id"], **as_gale)
    say(installation, video, "I would compare with last year here.", timestamp_ms=71_000, **as_ben)
    return video


@contextmanager
def window(browser: Browser, installation: Installation, theme: str, size: dict[str, int]) -> Iterator[Page]:
    """Yield a page in which Ana is signed in."""
    context: BrowserContext = browser.new_context(
        base_url=installation.url,
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": size["width"], "height": size["height"]},
        device_scale_factor=2,
        permissions=["camera", "microphone"],
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill("ana@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(installation.url + "/")
    yield page
    context.close()


def take_pictures(installation: Installation, browser: Browser, video: dict[str, Any]) -> None:
    """Write a picture of each page: light, dark, and as wide as the smallest phone."""
    pages = {"library": "/", "watch": f"/v/{video['id']}/?t=42", "record": "/record/", "upload": "/upload/"}
    for theme, size in [("light", DESKTOP), ("dark", DESKTOP), ("phone", PHONE)]:
        with window(browser, installation, theme, size) as page:
            for name, path in pages.items():
                page.goto(path)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(1500)  # the player seeks to the start time, pictures fade in
                page.screenshot(path=TARGET / f"{name}-{theme}.png")
    shutil.copy(TARGET / "watch-light.png", PICTURE_OF_README)


def main() -> None:
    """Start an installation, furnish it, take the pictures, stop it."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="videoshare-pictures-") as name, sync_playwright() as playwright:
        folder = Path(name)
        installation = Installation(folder / "installation").start()
        browser = playwright.chromium.launch(**launch_options("--use-fake-device-for-media-stream=fps=30"))
        try:
            video = furnish(installation, browser, folder)
            take_pictures(installation, browser, video)
        finally:
            browser.close()
            installation.kill()
    sys.stdout.write(f"Pictures are in {TARGET.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
