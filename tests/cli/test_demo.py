"""`zhida demo`: the main job from nothing, agreeing with the simulators, leaving nothing behind."""

import json
from pathlib import Path

import psutil

from tests.cli.conftest import Zhida


def test_the_demo_does_the_main_job_and_leaves_nothing_running(zhida: Zhida, tmp_path: Path) -> None:
    result = zhida("demo", "--json")
    assert result.returncode == 0, result.stderr
    [line] = result.stdout.splitlines()
    told = json.loads(line)
    assert set(told) >= {"policies", "subscribers", "matched", "deliveries", "accepted", "failed", "seconds", "report"}
    assert told["policies"] >= 24
    assert told["subscribers"] == 2_000
    assert told["failed"] == 0
    assert all(told["accepted"][channel] > 0 for channel in ("wechat", "sms", "mail"))
    assert sum(told["accepted"].values()) == told["deliveries"] <= told["matched"]
    report = (tmp_path / told["report"]).read_text(encoding="utf-8")
    assert "为什么没有推送给他" in report
    assert "《" in report
    left = [p.info["name"] for p in psutil.process_iter(["name", "cmdline"]) if str(tmp_path) in _line(p)]
    assert left == []


def _line(process: psutil.Process) -> str:
    return " ".join(process.info["cmdline"] or [])
