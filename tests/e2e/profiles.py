"""A browser's profile on disk: what a page keeps there is still there after the browser was closed or killed.

The contexts that Playwright makes by default are private windows: Chromium keeps their databases in memory.
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, BrowserType, Page

from tests.processes import pids_naming


@dataclass(frozen=True)
class Profile:
    """A profile in `folder`, and how a browser is opened on it; `email` and `password` are whose it is."""

    folder: Path
    browser_type: BrowserType
    options: dict[str, Any]
    email: str
    password: str

    @contextmanager
    def opened(self, *, signed_in: bool = True) -> Iterator[BrowserContext]:
        """Yield a browser on this profile, with one page, where its owner is signed in unless that is not wanted."""
        context = self.browser_type.launch_persistent_context(self.folder, accept_downloads=True, **self.options)
        try:
            if signed_in:
                sign_in(context.pages[0], self.email, self.password)
            yield context
        finally:
            if pids_naming(str(self.folder)):  # else it was killed, and there is nobody to be told
                context.close()

    def kill_browser(self) -> None:
        """End every process of the browser at once, as a crash of the machine would."""
        assert pids_naming(str(self.folder)), "no browser runs on this profile"
        while left := pids_naming(str(self.folder)):
            for pid in left:
                with suppress(ProcessLookupError):  # it went with its parent
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in, unless somebody is signed in already."""
    page.goto("/accounts/login/")
    if page.locator("input[name=login]").count():
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"/$"))
