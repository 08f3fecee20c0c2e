"""How fast pages come, on a library and a list of readers as large as a city's.

Each page is asked for over HTTP from the real server, one request after the other, with other words, topics and places
each time: pages of the portal, of a subscriber's own, and of the console, where a push to everybody is under way. The
p95 of a page is of its own requests; the p95 of all is of the requests of all pages together.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import numpy as np
import requests
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, text

from bench.library import NOW, fill_policies, fill_subscribers
from bench.seat import Seat, take_seat
from core import schema
from core.database import make_engine, make_sessions
from core.embedded import EmbeddedStack
from core.errors import ZhidaError
from core.redis import make_redis
from core.settings import Settings
from core.vocabulary.entries import Topic
from core.vocabulary.load import Vocabulary, load_vocabulary
from web.app import create_app

ROUNDS = 60
"""Requests of each page that are timed, after the first few."""
WARM = 3
Spent = dict[str, list[float]]


def run(policies: int, subscribers: int) -> dict[str, Any]:
    """Milliseconds of all requests together, and of each page; ZhidaError where a page doesn't answer with 200."""
    vocabulary = load_vocabulary()
    with filled(policies, subscribers, vocabulary) as (engine, settings):
        redis = make_redis(settings.redis_url or "")
        app = create_app(settings, make_sessions(engine), redis, lambda: NOW)
        with redis, served(app) as address, requests.Session() as browser:
            desk = take_seat(app, address, browser)
            spent = _ask(browser, address, Asked(vocabulary, policies, desk))
    every = [one for times in spent.values() for one in times]
    return {
        "policies": policies,
        "subscribers": subscribers,
        "p50_ms": _milliseconds(every, 50),
        "p95_ms": _milliseconds(every, 95),
        "pages": {
            page: {"p50_ms": _milliseconds(times, 50), "p95_ms": _milliseconds(times, 95)}
            for page, times in spent.items()
        },
    }


@contextmanager
def filled(policies: int, subscribers: int, vocabulary: Vocabulary) -> Iterator[tuple[Engine, Settings]]:
    """A database of its own with so many policies and subscribers, gone at the end."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(TemporaryDirectory(prefix="zhida-bench-")))
        folder.chmod(0o711)  # as root the server runs as another account, which must get in
        stack = closing.enter_context(EmbeddedStack(folder))
        schema.upgrade(stack.database_url)
        engine = make_engine(stack.database_url)
        closing.callback(engine.dispose)
        sessions = make_sessions(engine)
        fill_policies(sessions, vocabulary, policies)
        fill_subscribers(sessions, vocabulary, subscribers)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        yield (
            engine,
            Settings(
                _env_file=None,
                database_url=stack.database_url,
                redis_url=stack.redis_url,
                var_dir=folder / "var",
            ),
        )


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address at which `app` answers."""
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for its acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


class Asked:
    """What people ask the pages for, the same for the same seed."""

    def __init__(self, vocabulary: Vocabulary, policies: int, seat: Seat, seed: int = 6) -> None:
        self._seat = seat
        self._random = np.random.default_rng(seed)
        self._policies = policies
        self._topics = list(vocabulary.topics.values())
        self._types = list(vocabulary.types)
        self._regions = [code for code, region in vocabulary.regions.items() if not region.flag]
        self._said = [one.say for one in vocabulary.colloquial]
        self._trades = [one.name for one in vocabulary.industries.values()]

    def paths(self) -> dict[str, str]:
        """One path of each page."""
        topic, policy = self._one(self._topics), int(self._random.integers(1, self._policies + 1))
        return {
            "home": "/",
            "list": "/policies",
            "page_50": self._list(page=min(50, max(1, self._policies // 25))),
            "topic": self._list(topic=topic.code),
            "type_region": self._list(type=self._one(self._types), region=self._one(self._regions)),
            "open": self._list(open=1),
            "all_filters": self._list(topic=topic.code, region=self._one(self._regions), kind="call", open=1),
            "search_title": self._list(q=self._one(topic.keywords)),
            "search_number": self._list(q=f"〔2026〕{policy}号"),
            "search_text": self._list(q=f"{self._one(self._trades)}企业可以申请哪些{self._one(topic.keywords)}"),
            "search_said": self._list(q=self._one(self._said), region=self._one(self._regions)),
            "search_nothing": self._list(q="火星移民"),
            "policy": f"/p/{policy}",
            "check": f"/p/{policy}/check",
            "subscribe": "/subscribe/who",
            **self._own(policy),
            **self._staff(topic, policy),
        }

    def _own(self, policy: int) -> dict[str, str]:
        return {
            "mine": "/mine",
            "mine_profile": "/mine/profile",
            "mine_why": f"/mine/why?q={policy}",
            "mine_why_which": f"/mine/why?{urlencode({'q': self._one(self._said)})}",
        }

    def _staff(self, topic: Topic, policy: int) -> dict[str, str]:
        seat = self._seat
        return {
            "staff_today": "/staff",
            "staff_policies": "/staff/policies",
            "staff_drafts": "/staff/policies?state=draft",
            "staff_search": f"/staff/policies?{urlencode({'q': self._one(topic.keywords)})}",
            "staff_editor": f"/staff/targetings/{policy}",
            "staff_condition": f"/staff/targetings/{seat.draft}/condition?new=1",
            "staff_preview": f"/staff/targetings/{seat.everybody}/push",
            "staff_pushes": "/staff/pushes",
            "staff_push": f"/staff/pushes/{seat.push}",
            "staff_progress": f"/staff/pushes/{seat.push}/progress",
            "staff_person": f"/staff/people/{seat.subscriber}",
            "staff_why": f"/staff/people/{seat.subscriber}/why?policy={policy}",
            "staff_channels": "/staff/channels",
            "staff_audit": "/staff/audit",
        }

    def _one(self, choices: Any) -> Any:
        return choices[int(self._random.integers(len(choices)))]

    def _list(self, **asked: object) -> str:
        return f"/policies?{urlencode(asked)}"


def _ask(browser: requests.Session, address: str, asked: Asked) -> Spent:
    spent: Spent = {}
    for number in range(WARM + ROUNDS):
        for page, path in asked.paths().items():
            begun = perf_counter()
            answer = browser.get(address + path, timeout=60, allow_redirects=False)
            took = perf_counter() - begun
            if answer.status_code != 200:
                raise ZhidaError(f"页面 {page}（{path}）的回答是 {answer.status_code}")
            if number >= WARM:
                spent.setdefault(page, []).append(took)
    return spent


def _milliseconds(times: list[float], share: float) -> float:
    return round(float(np.percentile(times, share)) * 1000, 1)
