"""What is missing on a machine is named, all of it at once, with the command that installs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "ground.sh"
GOOD_PYTHON = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
OLD_PYTHON = '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.10.12 || exit 1\n'
NO_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n'
NODE_18 = '#!/bin/sh\n[ "$1" = --version ] && echo v18.20.4 || echo 18\n'
NODE_12 = '#!/bin/sh\n[ "$1" = --version ] && echo v12.22.9 || echo 12\n'
NPM = "#!/bin/sh\n"


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Return what runs the script on a machine that has these programs alone; exit code and what it said."""

    def run(what: str, **programs: str) -> tuple[int, str]:
        for name, text in {"id": "#!/bin/sh\necho 1000\n", **programs}.items():
            path = tmp_path / name
            path.write_text(text)
            path.chmod(0o755)
        done = subprocess.run(
            ["/bin/sh", str(SCRIPT), what, "python3" if "python3" in programs else ""],
            env={"PATH": str(tmp_path), "HOME": os.environ.get("HOME", "/")},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_machine_that_has_everything_is_left_in_peace(look: Callable[..., tuple[int, str]]) -> None:
    assert look("product", python3=GOOD_PYTHON, node=NODE_18, npm=NPM) == (0, "")


def test_all_that_is_missing_stands_in_one_command(look: Callable[..., tuple[int, str]]) -> None:
    code, said = look("product", python3=NO_VENV)
    assert code == 1
    assert "sudo apt-get install python3-venv nodejs npm" in said


def test_a_python_that_is_too_old_is_named_with_its_version(look: Callable[..., tuple[int, str]]) -> None:
    code, said = look("product", python3=OLD_PYTHON, node=NODE_18, npm=NPM)
    assert code == 1
    assert "here is Python 3.10.12" in said
    assert "sudo apt-get install python3.11 python3.11-venv" in said


def test_a_node_that_is_too_old_is_named_with_its_version(look: Callable[..., tuple[int, str]]) -> None:
    code, said = look("product", python3=GOOD_PYTHON, node=NODE_12, npm=NPM)
    assert code == 1
    assert "here is v12.22.9" in said


def test_who_may_not_install_is_told_what_the_tests_need(look: Callable[..., tuple[int, str]]) -> None:
    code, said = look("tests", ffmpeg=NPM)
    assert code == 1
    assert "sudo apt-get install chromium" in said
    assert "ffmpeg" not in said.replace("chromium", "")
