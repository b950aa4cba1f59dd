"""Tabs that can really be hidden.

Playwright keeps every page of its own visible, whatever lies above it. Tabs made by raw DevTools commands in the
browser's default context behave as people's tabs do: the one that is activated hides the others.
"""

import itertools
import json
import time
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

PATIENCE_SECONDS = 60.0
NO_DOCUMENT = -32000  # "Cannot find default execution context"


class Tab:
    """A tab of the default context, found and clicked by the words on its buttons."""

    def __init__(self, session: CDPSession, page: Page, url: str) -> None:
        """Open `url`. Any `page` of Playwright's will do: waiting on it lets messages in."""
        self._session = session
        self._page = page
        self._numbers = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._target: str = session.send("Target.createTarget", {"url": url})["targetId"]
        attached = session.send("Target.attachToTarget", {"targetId": self._target, "flatten": False})
        self._id: str = attached["sessionId"]
        session.on("Target.receivedMessageFromTarget", self._hear)

    def activate(self) -> None:
        """Bring this tab to the front; the others of the default context are hidden then."""
        self._session.send("Target.activateTarget", {"targetId": self._target})

    def close(self) -> None:
        self._session.send("Target.closeTarget", {"targetId": self._target})

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression, promises awaited, as if a person had just clicked."""
        params = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        deadline = time.monotonic() + PATIENCE_SECONDS
        # Between two documents there is nothing that could run a script.
        while (answer := self._send("Runtime.evaluate", params)).get("error", {}).get("code") == NO_DOCUMENT:
            assert time.monotonic() < deadline, answer
            self.pause(50)
        assert "error" not in answer, answer
        assert "exceptionDetails" not in answer["result"], answer
        return answer["result"]["result"].get("value")

    def press(self, name: str) -> None:
        """Click the button with this name, once it is there to be seen."""
        buttons = "[...document.querySelectorAll('button')]"
        wanted = f"{buttons}.find(b => b.textContent.trim() === {name!r} && b.checkVisibility())"
        self.wait_until(f"(button => {{ button?.click(); return Boolean(button); }})({wanted})")

    def wait_until(self, condition: str) -> None:
        """Return once a JavaScript expression is true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.run(condition):
            assert time.monotonic() < deadline, f"never: {condition}"
            self.pause(100)

    def pause(self, duration_ms: int) -> None:
        self._page.wait_for_timeout(duration_ms)

    def _send(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        message = json.dumps({"id": number, "method": method, "params": params})
        self._session.send("Target.sendMessageToTarget", {"sessionId": self._id, "message": message})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while number not in self._answers:
            assert time.monotonic() < deadline, f"no answer to {method}"
            self.pause(10)
        return self._answers.pop(number)

    def _hear(self, event: dict[str, Any]) -> None:
        if event["sessionId"] == self._id:
            message = json.loads(event["message"])
            if "id" in message:
                self._answers[message["id"]] = message


def default_context_session(browser: Browser, signed_in: BrowserContext, origin: str) -> CDPSession:
    """Return a session whose tabs have the cookies of `signed_in`, and camera and microphone."""
    session = browser.new_browser_cdp_session()
    session.send("Browser.grantPermissions", {"permissions": ["videoCapture", "audioCapture"], "origin": origin})
    cookies = [
        {key: cookie[key] for key in ("name", "value", "domain", "path", "httpOnly")} for cookie in signed_in.cookies()
    ]
    session.send("Storage.setCookies", {"cookies": cookies})
    return session
