"""The API's description is committed: it is up to date, and nothing that programs rely on goes away."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"
# What the first release promised: new fields and routes may come, none of these may go.
PROMISED = Path(__file__).with_name("openapi_promises.txt")


def described() -> str:
    output = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=output)
    return output.getvalue()


def promises(schema: Any) -> set[str]:
    """Return one line for each operation, and for each field that goes out or comes in."""
    operations = {
        f"{method.upper()} {path}"
        for path, item in schema["paths"].items()
        for method in item
        if method != "parameters"
    }
    fields = {
        f"{name}.{field}"
        for name, component in schema["components"]["schemas"].items()
        for field in component.get("properties", {})
    }
    values = {
        f"{name}={value}"
        for name, component in schema["components"]["schemas"].items()
        for value in component.get("enum", [])
    }
    return operations | fields | values


def test_the_committed_description_is_what_the_code_says() -> None:
    assert described() == COMMITTED.read_text(), "run: make openapi"


def test_nothing_that_was_promised_is_gone() -> None:
    now = promises(yaml.safe_load(COMMITTED.read_text()))
    gone = set(PROMISED.read_text().splitlines()) - now
    assert not gone


def test_a_removal_would_be_noticed() -> None:
    schema = yaml.safe_load(COMMITTED.read_text())
    del schema["components"]["schemas"]["Video"]["properties"]["title"]
    assert "Video.title" in set(PROMISED.read_text().splitlines()) - promises(schema)


@pytest.mark.django_db
def test_the_description_and_its_page_are_served_without_anything_from_elsewhere(client) -> None:
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/").content.decode()
    assert "swagger" in page
    assert "cdn" not in page
