"""The whole way of a video through a running installation, as a program with a token and a guest walk it."""

import hashlib
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import av

from tests.filming import film
from tests.installation import Answer, Installation, fetch

PUBLISH_SECONDS = 120.0  # patience on a busy machine; it takes about two
FRAMES = 120


def make_video(path: Path) -> Path:
    """Write 4 s of moving picture and a tone, H.264 and AAC in MP4, 30 frames a second."""
    picture = "-f lavfi -i testsrc2=size=640x360:rate=30:duration=4"
    sound = "-f lavfi -i sine=frequency=440:duration=4"
    path.write_bytes(
        film(f"{picture} {sound} -c:v libx264 -preset ultrafast -g 60 -pix_fmt yuv420p -c:a aac -shortest -f mp4")
    )
    return path


def upload(installation: Installation, token: str, video: Path, title: str) -> dict[str, Any]:
    """Return the video that an upload of the file `video` made, once the upload is complete."""
    content = video.read_bytes()
    authorization = f"Bearer {token}"
    source = {"kind": "file", "content_type": "video/mp4", "size_bytes": len(content), "file_name": video.name}
    made = expect(
        201,
        installation.call(
            "POST", "/api/v1/videos/", data={"title": title, "source": source}, Authorization=authorization
        ),
    ).json
    at = f"/api/v1/uploads/{made['upload']['id']}"
    size = made["upload"]["part_size_bytes"]
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    promises = [
        {"number": number, "size_bytes": len(piece), "sha256": hashlib.sha256(piece).hexdigest()}
        for number, piece in enumerate(pieces, start=1)
    ]
    promised = expect(
        200, installation.call("POST", f"{at}/parts/", data={"parts": promises}, Authorization=authorization)
    ).json
    for part in promised["parts"]:
        stored = fetch(
            part["method"],
            urljoin(installation.url, part["url"]),
            body=pieces[part["number"] - 1],
            headers={"Content-Type": "application/octet-stream", **part["headers"]},
        )
        assert stored.status in {200, 204}, stored
    numbers = [part["number"] for part in promises]
    expect(
        200,
        installation.call("POST", f"{at}/parts/", data={"parts": [], "stored": numbers}, Authorization=authorization),
    )
    sizes = [{"number": part["number"], "size_bytes": part["size_bytes"]} for part in promises]
    completed: dict[str, Any] = expect(
        200, installation.call("POST", f"{at}/complete/", data={"parts": sizes}, Authorization=authorization)
    ).json
    return completed


def wait_until_ready(
    installation: Installation, video_id: str, seconds: float = PUBLISH_SECONDS, /, **headers: str
) -> dict[str, Any]:
    """Return what the player is told, once nothing of the video is left to be made."""
    deadline = time.monotonic() + seconds
    while True:
        told: dict[str, Any] = expect(
            200, installation.call("GET", f"/api/v1/videos/{video_id}/playback/", **headers)
        ).json
        if told["status"] == "ready":
            return told
        assert told["status"] != "failed", told
        assert time.monotonic() < deadline, f"{told}\n{installation.output}"
        time.sleep(0.2)


def download_by_playlist(installation: Installation, playlist_url: str) -> bytes:
    """Return the bytes of the first rendition, put together from init segment and segments as a player does it."""
    master_url = urljoin(installation.url, playlist_url)
    master = expect(200, fetch("GET", master_url)).body.decode()
    media_url = urljoin(master_url, next(line for line in master.splitlines() if line and not line.startswith("#")))
    lines = expect(200, fetch("GET", media_url)).body.decode().splitlines()
    init = next(line for line in lines if line.startswith("#EXT-X-MAP:"))
    names = [line for line in lines if line and not line.startswith("#")]
    ranges = [line.partition(":")[2] for line in lines if line.startswith("#EXT-X-BYTERANGE:")]
    assert lines[-1] == "#EXT-X-ENDLIST"
    if not ranges:  # as it was recorded, part by part
        pieces = [fetch("GET", urljoin(media_url, name)) for name in (attribute(init, "URI"), *names)]
        return b"".join(expect(200, piece).body for piece in pieces)
    whole = ranged(media_url, attribute(init, "URI"), attribute(init, "BYTERANGE"))
    assert len(names) == len(ranges) > 0
    return whole + b"".join(ranged(media_url, name, piece) for name, piece in zip(names, ranges, strict=True))


def ranged(base_url: str, name: str, byterange: str) -> bytes:
    """Return a piece of a file that a playlist names, by `size@offset`."""
    size, _, offset = byterange.partition("@")
    last = int(offset) + int(size) - 1
    answer = fetch("GET", urljoin(base_url, name), headers={"Range": f"bytes={offset}-{last}"})
    return expect(206, answer).body


def attribute(line: str, name: str) -> str:
    """Return the value of a quoted attribute of an HLS tag."""
    match = re.search(rf'{name}="([^"]*)"', line)
    assert match, line
    return match.group(1)


def frames_in(content: bytes, folder: Path) -> int:
    """Return how many frames decode from these bytes, without a single error."""
    path = folder / "played.mp4"
    path.write_bytes(content)
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-map", "0:v", "-f", "framecrc", "-"],
        check=True,
        capture_output=True,
        text=True,
    )
    return sum(1 for line in done.stdout.splitlines() if not line.startswith("#"))


def packets_in(content: bytes, folder: Path) -> int:
    """Return how many packets of picture these bytes hold, a frame each, whether or not they decode."""
    path = folder / "counted.mp4"
    path.write_bytes(content)
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


def expect(status: int, answer: Answer) -> Answer:
    """Return `answer`, which must have this status."""
    assert answer.status == status, answer
    return answer


def walk(installation: Installation, folder: Path) -> str:
    """Walk the whole way once, from a first account to a guest's question and its answer; return the video's id."""
    installation.manage("adduser", "ana@example.com", "--name", "Ana", "--password", "correct horse battery")
    token = installation.manage("createtoken", "ana@example.com")[-1]
    as_ana = {"Authorization": f"Bearer {token}"}

    video = upload(installation, token, make_video(folder / "numbers.mp4"), "Numbers of November")
    share_token = video["share_url"].rstrip("/").rpartition("/")[2]
    as_guest = {"Share_Token": share_token}

    told = wait_until_ready(installation, video["id"], **as_guest)
    assert told["playable"]
    assert abs(told["duration_ms"] - 4000) < 100
    assert expect(200, fetch("GET", urljoin(installation.url, told["poster_url"]))).body.startswith(b"\xff\xd8")
    assert frames_in(download_by_playlist(installation, told["playlist_url"]), folder) == FRAMES

    guest = expect(
        201, installation.call("POST", "/api/v1/guests/", data={"share_token": share_token, "name": "Gale"})
    ).json
    as_guest["Guest_Token"] = guest["guest_token"]
    comments = f"/api/v1/videos/{video['id']}/comments/"
    question = {"body": "Why this number?", "timestamp_ms": 2000}
    asked = expect(201, installation.call("POST", comments, data=question, **as_guest)).json
    answer = {"body": "It has the returns in it.", "parent": asked["id"]}
    expect(201, installation.call("POST", comments, data=answer, **as_ana))
    read = expect(200, installation.call("GET", comments, **as_guest)).json["results"]
    assert [(item["author"]["name"], item["timestamp_ms"]) for item in read] == [("Gale", 2000), ("Ana", None)]

    expect(200, installation.call("GET", "/readyz/"))
    expect(404, installation.call("GET", f"/api/v1/videos/{video['id']}/playback/"))
    return str(video["id"])
