"""Jinja2 pages: one environment for the process, one way to render."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.clock import local_date, local_time
from web.dependencies import get_parts

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
ELDER_COOKIE = "zhida_view"


def render(request: Request, name: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """The page `name` (below templates/) as an answer. An unknown name in a template raises, it never shows empty."""
    parts = get_parts(request)
    page = _environment().get_template(name)
    return HTMLResponse(
        page.render(
            request=request,
            today=local_date(parts.clock()),
            vocabulary=parts.vocabulary,
            elder=request.cookies.get(ELDER_COOKIE) == "elder",
            **context,
        ),
        status,
    )


@lru_cache
def static_address(name: str) -> str:
    """`/static/NAME?v=…` with a digest of its content, so that it may be kept for a year."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def chinese_date(day: date | datetime | None) -> str:
    """`2026年11月21日`; nothing for None. A moment is shown as the day it is in China."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = local_date(day)
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_moment(moment: datetime) -> str:
    """`11月21日 15:01` on a clock in China."""
    there = local_time(moment)
    return f"{there.month}月{there.day}日 {there:%H:%M}"


def days_left(day: date, today: date) -> str:
    """How long until `day`, in words."""
    left = (day - today).days
    if left < 0:
        return "已截止"
    return {0: "今天截止", 1: "明天截止"}.get(left, f"还有{left}天")


def _labels(codes: list[str], entries: Mapping[str, Any]) -> list[str]:
    return [entries[code].name if code in entries else code for code in codes]


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = static_address
    environment.filters.update(
        chinese_date=chinese_date, chinese_moment=chinese_moment, days_left=days_left, labels=_labels
    )
    return environment
