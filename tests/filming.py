"""Films that ffmpeg makes for tests, each encoded once a process however many tests ask for it."""

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory


@cache
def film(how: str) -> bytes:
    """Return what ffmpeg makes of these words, which name its inputs, codecs and container."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "film"
        subprocess.run(["ffmpeg", "-v", "error", "-y", *how.split(), str(target)], check=True)
        return target.read_bytes()
