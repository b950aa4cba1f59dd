"""The other end of an upload, as patient as a browser: what gets no answer, or a 5xx, is asked again."""

import hashlib
import http.client
import time
import urllib.error
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from tests.faults.scene import PATIENCE_S, Scene
from tests.fragments import cut
from tests.installation import Answer, fetch

AGAIN_AFTER_S = 0.2


@dataclass
class Sender:
    """Sends one recording or file. `refusals` has what was answered instead of what was asked for, in order."""

    scene: Scene
    content: bytes
    kind: str = "recording"
    name: str = "sender"  # of its requests, for steps
    video: dict[str, Any] = field(default_factory=dict)
    upload: dict[str, Any] = field(default_factory=dict)
    refusals: list[Answer] = field(default_factory=list)

    @property
    def video_id(self) -> str:
        return str(self.video["id"])

    def send_all(self) -> dict[str, Any]:
        """Bring the whole content and complete; return the video."""
        self.begin()
        return self.send_rest()

    def send_rest(self) -> dict[str, Any]:
        """Bring the whole content of a video that was begun, and complete; return the video."""
        for number in range(1, len(self.pieces()) + 1):
            self.send_part(number)
        return self.complete()

    def begin(self) -> None:
        """Make the video."""
        source: dict[str, Any] = {"kind": self.kind, "content_type": "video/mp4"}
        if self.kind == "file":
            source |= {"size_bytes": len(self.content), "file_name": "talk.mp4"}
        asked = {"client_id": str(uuid.uuid4()), "title": "Numbers", "source": source}
        self.video = self.call("POST", "/api/v1/videos/", asked, work="begin").json
        self.upload = self.video["upload"]

    def pieces(self) -> list[bytes]:
        """Return the content in parts, those of a recording as our recorder cuts it."""
        if self.kind == "recording":
            return cut(self.content)
        size = self.upload["part_size_bytes"]
        return [self.content[start : start + size] for start in range(0, len(self.content), size)]

    def send_part(self, number: int) -> None:
        """Promise a part, store it and see it confirmed; from the start again until it is."""
        piece = self.pieces()[number - 1]
        promise = {"number": number, "size_bytes": len(piece), "sha256": hashlib.sha256(piece).hexdigest()}
        parts = f"/api/v1/uploads/{self.upload['id']}/parts/"
        deadline = time.monotonic() + PATIENCE_S
        while True:
            (answer,) = self.call("POST", parts, {"parts": [promise], "stored": []}, work="promise").json["parts"]
            if answer["state"] == "confirmed":
                return
            self.put(answer, piece)
            (answer,) = self.call("POST", parts, {"parts": [], "stored": [number]}, work="confirm").json["parts"]
            if answer["state"] == "confirmed":
                return
            assert time.monotonic() < deadline, f"part {number} is never confirmed"

    def put(self, answer: dict[str, Any], piece: bytes) -> None:
        """Send the bytes once; whether they have arrived is asked of the server afterwards, not concluded from this."""
        url = urljoin(self.scene.installation.url, answer["url"])
        headers = {"Content-Type": "application/octet-stream", **answer["headers"]}
        if url.startswith(self.scene.installation.url):
            headers["Faults-Work"] = f"{self.name}.put"
        try:
            stored = fetch("PUT", url, body=piece, headers=headers)
        except (urllib.error.URLError, http.client.HTTPException, OSError):
            time.sleep(AGAIN_AFTER_S)
            return
        if stored.status not in {200, 204}:
            self.refusals.append(stored)
            time.sleep(AGAIN_AFTER_S)

    def complete(self) -> dict[str, Any]:
        """Complete the upload from all parts and return the video."""
        sizes = [{"number": number, "size_bytes": len(piece)} for number, piece in enumerate(self.pieces(), start=1)]
        path = f"/api/v1/uploads/{self.upload['id']}/complete/"
        return dict(self.call("POST", path, {"parts": sizes}, work="complete").json)

    def call(self, method: str, path: str, data: Any = None, *, work: str = "") -> Answer:
        """Return the server's good answer, asked for again while there is none or a 5xx."""
        headers = {"Authorization": f"Bearer {self.scene.token}"}
        if work:
            headers["Faults-Work"] = f"{self.name}.{work}"
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self.scene.installation.call(method, path, data=data, **headers)
            except (urllib.error.URLError, http.client.HTTPException, OSError):
                assert time.monotonic() < deadline, f"{path} gets no answer:\n{self.scene.last_words()}"
                time.sleep(AGAIN_AFTER_S)
                continue
            if answer.status < 400:
                return answer
            self.refusals.append(answer)
            assert answer.status >= 500, answer
            assert time.monotonic() < deadline, answer
            time.sleep(AGAIN_AFTER_S)

    # --- afterwards ------------------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """Return what the player is told."""
        return dict(self.call("GET", f"/api/v1/videos/{self.video_id}/playback/").json)

    def wait_until(self, *statuses: str) -> dict[str, Any]:
        """Return what the player is told, once the video is in one of these states."""
        deadline = time.monotonic() + PATIENCE_S
        while (told := self.told())["status"] not in statuses:
            assert time.monotonic() < deadline, f"{told}\n{self.scene.last_words()}"
            time.sleep(0.1)
        return told

    def wait_until_complete(self) -> None:
        """Wait for what nothing waits for: the storyboard, and what was heard of the sound."""
        deadline = time.monotonic() + PATIENCE_S
        while not ((told := self.told())["storyboard_url"] and told["waveform_url"]):
            assert time.monotonic() < deadline, f"{told}\n{self.scene.last_words()}"
            time.sleep(0.5)

    def retry(self) -> None:
        """Press Retry."""
        self.call("POST", f"/api/v1/videos/{self.video_id}/retry/")

    def saved_bytes(self) -> int:
        """Return how many of the source's bytes are there as they were sent, from the first one on."""
        kept = self.call("GET", f"/api/v1/videos/{self.video_id}/source/").body
        if kept == self.content:
            return len(kept)
        return next(
            (at for at, (a, b) in enumerate(zip(kept, self.content, strict=False)) if a != b),
            min(len(kept), len(self.content)),
        )
