"""Chromium over a running server: what a page needs to be judged by eye and by axe-core."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
REQUIRED = bool(os.environ.get("ZHIDA_REQUIRE_BROWSER"))
"""Continuous integration sets it where it could install the browser: then a missing one fails instead of skipping."""
WIDTHS = (360, 768, 1280)
SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
TARGET = 44

_SMALL_TARGETS = """(least) => [...document.querySelectorAll(
    'main button, main input:not([type=hidden]), main select, main summary, header a, header button, footer a')]
  .map(one => one.closest('.choice') || one)
  .filter(one => one.checkVisibility() && !one.classList.contains('hidden'))
  .map(one => [one.textContent.trim().slice(0, 20) || one.name, one.getBoundingClientRect().height])
  .filter(([, height]) => height && height < least - 0.5)"""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALLEST_TEXT = """() => Math.min(...[...document.querySelectorAll('main *, header *, footer *')]
  .filter(one => one.checkVisibility() && [...one.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
  .map(one => parseFloat(getComputedStyle(one).fontSize) * (one instanceof SVGElement ? one.getScreenCTM().a : 1)))"""
_TIGHTEST_LINES = """() => Math.min(...[...document.querySelectorAll('main p, main li, main dd, main h1, main h2')]
  .filter(one => one.checkVisibility())
  .map(one => parseFloat(getComputedStyle(one).lineHeight) / parseFloat(getComputedStyle(one).fontSize)))"""


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of `app` while it is served on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate(_OVERFLOW))


def small_targets(page: Page) -> list[list[object]]:
    """What a thumb can hit that is lower than 44 px, with its height; links within a text aside (WCAG 2.5.8)."""
    found: list[list[object]] = page.evaluate(_SMALL_TARGETS, TARGET)
    return found


def smallest_text(page: Page) -> float:
    """The smallest type on the page as it is seen, in px: words of a drawing shrink with it."""
    return float(page.evaluate(_SMALLEST_TEXT))


def tightest_lines(page: Page) -> float:
    """The smallest line height on the page, as a multiple of its type."""
    return float(page.evaluate(_TIGHTEST_LINES))


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, one line each."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def keep_screenshot(page: Page, name: str) -> None:
    """The whole page under var/screenshots/."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
