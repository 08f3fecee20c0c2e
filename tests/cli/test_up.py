"""`zhida up --demo`: a newcomer has pages to look at within a minute, and Ctrl-C leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import psutil

from core.processes import free_ports

PATIENCE_SECONDS = 120


def test_the_whole_service_comes_up_with_samples_and_goes_down(var_dir: Path) -> None:
    port, simulators, smtp = free_ports(3)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ},
        "ZHIDA_VAR_DIR": str(var_dir),
        "ZHIDA_PORT": str(port),
        "ZHIDA_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ZHIDA_SIMULATOR_PORT": str(simulators),
        "ZHIDA_SIMULATOR_SMTP_PORT": str(smtp),
    }
    told = var_dir / "told.txt"
    with told.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up", "--demo"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_for(lambda: "服务已启动" in told.read_text("utf-8"), process)
        with urlopen(f"http://127.0.0.1:{port}/policies", timeout=20) as page:
            assert "育儿补贴" in page.read().decode()
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as ready:
            assert ready.status == 200
        assert "demo-editor" in told.read_text("utf-8")
        with urlopen(f"http://127.0.0.1:{simulators}/_sim/hooks", timeout=20) as hooks:
            assert json.load(hooks)["called"] == ["wechat", "aliyun_report", "aliyun_up", "tencent_report"]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert "正在停止" in told.read_text("utf-8")
    assert [p.pid for p in psutil.process_iter(["cmdline"]) if str(var_dir) in " ".join(p.info["cmdline"] or [])] == []


def wait_for(done: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = monotonic() + PATIENCE_SECONDS
    while not done():
        assert process.poll() is None
        assert monotonic() < end
        sleep(0.2)
