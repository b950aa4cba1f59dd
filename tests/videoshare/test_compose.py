"""docker-compose.yml names only settings that exist, and its parts fit together. Docker itself is not run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from videoshare.environment import VARIABLES
from videoshare.programs import programs

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "videoshare"}
# What an operator must put into .env.
GIVEN = {
    "VIDEOSHARE_URL": "https://video.example.com",
    "STORE_PUBLIC_URL": "https://files.example.com",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "POSTGRES_PASSWORD": "fedcba9876543210" * 4,
    "STORE_SECRET": "00112233445566778899aabbccddeeff",
}
# Not for containers: where ffmpeg is, and what is for developers.
LEFT_OUT = {"VIDEOSHARE_FFMPEG", "VIDEOSHARE_DEBUG"}
REPORT = """
import json
from videoshare import settings
print(json.dumps({
    "database": settings.DATABASES["default"]["HOST"], "broker": settings.CELERY["broker_url"],
    "cache": settings.CACHES["default"]["LOCATION"], "store": settings.STORE_URL, "url": settings.ADDRESS.url,
}))
"""


def interpolate(text: str) -> str:
    """Return `text` with ${NAME}, ${NAME:-default} and ${NAME:?why} replaced, as Docker Compose does."""

    def value(match: re.Match[str]) -> str:
        name, operator, rest = match.groups()
        if operator == ":?":
            return GIVEN[name]
        return GIVEN.get(name, rest or "")

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, text)


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_of_our_containers_gets_every_setting_and_no_other(name: str) -> None:
    assert set(OURS[name]["environment"]) == VARIABLES - LEFT_OUT


def test_the_settings_start_with_these_variables(tmp_path: Path) -> None:
    variables = {name: interpolate(str(value)) for name, value in OURS["web"]["environment"].items()}
    variables["VIDEOSHARE_DATA"] = str(tmp_path)
    answer = subprocess.run(
        [sys.executable, "-c", REPORT],
        env={"PATH": os.environ["PATH"], **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == {
        "database": "postgres",
        "broker": "redis://redis:6379/0",
        "cache": "redis://redis:6379/1",
        "store": f"s3://videoshare:{GIVEN['STORE_SECRET']}@store:8333/videoshare?tls=0",
        "url": "https://video.example.com",
    }


def test_there_is_one_container_for_each_program_and_one_that_upgrades(settings: Any) -> None:
    settings.CELERY_BROKER_URL = OURS["web"]["environment"]["CELERY_BROKER_URL"]
    commands = [service["command"] for service in OURS.values()]
    wanted = [["python", "-m", "videoshare.programs", program.name] for program in programs()]
    assert sorted(commands) == sorted([*wanted, ["python", "-m", "videoshare.upgrade"]])


def test_all_that_others_wait_for_can_say_that_it_is_healthy() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES, f"{name} waits for {needed}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed], needed
            else:
                assert SERVICES[needed]["restart"] == "no", needed


def test_no_program_starts_before_the_upgrade_has_ended() -> None:
    for name in OURS.keys() - {"upgrade"}:
        assert OURS[name]["depends_on"]["upgrade"] == {"condition": "service_completed_successfully"}, name


def test_every_volume_and_config_in_use_is_declared() -> None:
    volumes = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    configs = {config["source"] for service in SERVICES.values() for config in service.get("configs", [])}
    assert volumes == set(COMPOSE["volumes"])
    assert configs == set(COMPOSE["configs"])


def test_the_store_knows_the_key_that_we_sign_with() -> None:
    identity = json.loads(interpolate(COMPOSE["configs"]["identities"]["content"]))["identities"][0]
    assert identity["credentials"] == [{"accessKey": "videoshare", "secretKey": GIVEN["STORE_SECRET"]}]


def test_servers_that_hold_data_are_reached_from_inside_alone() -> None:
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"web", "store"}


def test_the_image_gets_all_that_the_product_is_made_of() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {line.split()[1] for line in lines if line.startswith("COPY") and "--from" not in line}
    assert {"manage.py", "media", "videoshare", "apps", "requirements.txt"} <= copied
