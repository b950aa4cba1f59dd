"""A running installation, and a real browser with a camera, a microphone and a tab to share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from tests.e2e.profiles import Profile
from tests.e2e.watching import PATIENCE_MS, Shared
from tests.installation import Installation
from tests.whole_way import make_video, upload, wait_until_ready

# The synchronous Playwright keeps an event loop running, in which Django would refuse the database to other tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

expect.set_options(timeout=PATIENCE_MS)  # Playwright's own 5 s are short for two busy cores

# Debian's, and of it the headless shell where it is named: it shows and plays the same and draws no window around it,
# which is most of what a window costs; but it has no tabs to share. Elsewhere Playwright looks for its own.
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FAKE_DEVICES = "--use-fake-device-for-media-stream=fps=30"  # without fps=30 the camera gives 20 frames a second
SHARES_TARGET_TAB = "--auto-select-tab-capture-source-by-title=TargetTab"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]

PASSWORD = "correct horse battery"
EMAIL = "ana@example.com"

# Playwright's own flags that hide what a person's browser does: without sound a captured tab is digital silence, and
# a hidden tab's timers slow down.
LEFT_OUT = [
    "--mute-audio",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]

# The choice of somebody who has recorded in this browser before: half of the work for the processor.
REMEMBERS_720 = """
if (location.protocol === "http:") localStorage["recorder:settings"] ??= JSON.stringify({ quality: 720 });
"""


def launch_options(*flags: str) -> dict[str, Any]:
    """Return how to launch the browser of these tests, with flags of one's own."""
    options: dict[str, Any] = {
        "args": [*FLAGS, *flags],
        "ignore_default_args": LEFT_OUT,
    }
    if CHROMIUM.exists():
        options["executable_path"] = str(CHROMIUM)
    return options


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return launch_options(FAKE_DEVICES, SHARES_TARGET_TAB)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield a running installation in which Ana has an account."""
    running = Installation(tmp_path_factory.mktemp("installation")).with_database()
    try:
        running.start()
        running.manage("adduser", EMAIL, "--name", "Ana", "--password", PASSWORD)
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="session")
def base_url(installation: Installation) -> str:
    return installation.url


@pytest.fixture(scope="session")
def token(installation: Installation) -> str:
    """Return an API token of Ana's."""
    return installation.manage("createtoken", EMAIL)[-1]


@pytest.fixture(scope="session")
def signed_in_state(browser: Any, base_url: str) -> Any:
    """Return the cookies of a browser in which Ana has signed in."""
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(base_url + "/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], signed_in_state: Any) -> dict[str, Any]:
    """Every page is Ana's, with the camera and microphone allowed."""
    allowed = ["camera", "microphone", "clipboard-read", "clipboard-write"]
    return {**browser_context_args, "storage_state": signed_in_state, "permissions": allowed}


@pytest.fixture
def at_720_lines(context: BrowserContext) -> None:
    """Let the recorder record 720 lines, for tests of what does not depend on it; the product's 1080 are the default.

    test_record_and_share.py and test_spool.py record as it comes, test_recorder_modes.py looks at both.
    """
    context.add_init_script(REMEMBERS_720)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Yield a page on which no script may fail unseen."""
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    assert failures == []


@pytest.fixture
def profile(tmp_path: Path, browser_type: BrowserType, base_url: str) -> Profile:
    """Return a profile of Ana's on disk, no browser on it yet; camera and microphone are allowed."""
    options = {**launch_options(FAKE_DEVICES), "permissions": ["camera", "microphone"], "base_url": base_url}
    return Profile(tmp_path / "profile", browser_type, options, EMAIL, PASSWORD)


@pytest.fixture
def shared(installation: Installation, token: str, tmp_path: Path) -> Shared:
    """Return a video of 4 s that is ready."""
    authorization = f"Bearer {token}"
    made = upload(installation, token, make_video(tmp_path / "made.mp4"), "Numbers of November")
    wait_until_ready(installation, made["id"], Authorization=authorization)

    def say(body: str, **fields: Any) -> dict[str, Any]:
        path = f"/api/v1/videos/{made['id']}/comments/"
        answer = installation.call("POST", path, data={"body": body, **fields}, Authorization=authorization)
        assert answer.status == 201, answer
        return dict(answer.json)

    return Shared(made["id"], made["share_url"], say)


@pytest.fixture
def guest(browser: Browser, base_url: str) -> Iterator[Page]:
    """Yield a page of somebody without an account, on which no script may fail unseen."""
    context = browser.new_context(base_url=base_url)
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    context.close()
    assert failures == []
