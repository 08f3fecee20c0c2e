"""docker-compose.yml: valid, and every command, variable and port in it exists."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from cli.main import make_app
from core.settings import Settings
from workers.app import QUEUES

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
OURS = {name: one for name, one in COMPOSE["services"].items() if name not in ("postgres", "redis")}


def test_it_follows_the_public_compose_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_process_of_the_service_is_there() -> None:
    assert set(OURS) == {"migrate", "web", "worker-urgent", "worker-bulk", "worker-match", "scheduler", "simulators"}
    assert OURS["simulators"]["profiles"] == ["simulators"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ours(name: str) -> None:
    command: Any = get_command(make_app())
    words = list(OURS[name]["command"])
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_every_queue_has_a_worker_and_exists() -> None:
    named = [q for one in OURS.values() if "worker" in one["command"] for q in one["command"][2].split(",")]
    assert sorted(named) == sorted(QUEUES)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    settings = {f"ZHIDA_{field.upper()}" for field in Settings.model_fields}
    given = OURS[name]["environment"]
    assert set(given) <= settings
    used = set(re.findall(r"\$\{(ZHIDA_\w+)", FILE.read_text(encoding="utf-8")))
    assert used <= settings


def test_every_port_is_one_that_we_listen_on() -> None:
    fields = Settings.model_fields
    web, simulator = str(fields["port"].default), str(fields["simulator_port"].default)
    assert OURS["web"]["ports"] == [f"{web}:{web}"]
    assert OURS["simulators"]["ports"] == [f"127.0.0.1:{simulator}:{simulator}"]
    assert OURS["web"]["environment"]["ZHIDA_PORT"] == web
    assert OURS["simulators"]["environment"]["ZHIDA_SIMULATOR_PORT"] == simulator


def test_the_image_runs_our_command() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["zhida"]' in image
    assert f"EXPOSE {Settings.model_fields['port'].default}" in image
