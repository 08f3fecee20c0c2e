"""The texts of the templates: shipped with the package, each to be replaced by one that staff have edited."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

_FOLDER = Path(__file__).parent / "templates"

Overrides = Mapping[str, str]
"""Edited texts by name, such as `sms/policy.txt`, `mail/notice.html`, `wechat.json`."""


def read_source(name: str, overrides: Overrides | None = None) -> str:
    """The text of template `name`. Raises FileNotFoundError when there is none of that name."""
    if overrides and name in overrides:
        return overrides[name]
    return _shipped(name)


def read_table(name: str, overrides: Overrides | None = None) -> dict[str, dict[str, str]]:
    """A JSON template: by purpose, texts by field."""
    return cast("dict[str, dict[str, str]]", json.loads(read_source(name, overrides)))


def list_sources() -> list[str]:
    """The names of all shipped templates."""
    return sorted(str(path.relative_to(_FOLDER)) for path in _FOLDER.rglob("*") if path.is_file())


@lru_cache(maxsize=64)
def _shipped(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
