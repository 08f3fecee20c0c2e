"""The texts of the templates: shipped with the package, each to be replaced by one that staff have edited."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

_FOLDER = Path(__file__).parent / "templates"

Overrides = Mapping[str, str]
"""Edited texts by name, such as `sms/policy.txt`, `mail/notice.html`, `wechat.json`.

An SMS can't be sent but as its provider has registered it, so `sms/policy.codes` goes with an edited `sms/policy.txt`:
its codes by provider, as a JSON object.
"""


def read_source(name: str, overrides: Overrides | None = None) -> str:
    """The text of template `name`. Raises FileNotFoundError when there is none of that name."""
    if overrides and name in overrides:
        return overrides[name]
    return _shipped(name)


def read_table(name: str, overrides: Overrides | None = None) -> dict[str, dict[str, str]]:
    """A JSON template: by purpose, texts by field."""
    return cast("dict[str, dict[str, str]]", json.loads(read_source(name, overrides)))


def sms_codes(purpose: str, overrides: Overrides | None = None) -> dict[str, str]:
    """The codes by provider of an edited SMS text; empty for the shipped one, whose codes are in the settings."""
    return cast("dict[str, str]", json.loads((overrides or {}).get(f"sms/{purpose}.codes", "{}")))


def list_sources() -> list[str]:
    """The names of all shipped templates."""
    return sorted(str(path.relative_to(_FOLDER)) for path in _FOLDER.rglob("*") if path.is_file())


@lru_cache(maxsize=64)
def _shipped(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
