"""A request and a reply as the simulated providers see them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request; header names are in lower case."""

    method: str
    path: str
    raw_query: bytes
    headers: Mapping[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address."""
        return dict(parse_qsl(self.raw_query.decode("ascii"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response."""

    body: bytes
    status: int = 200
    kind: bytes = b"application/json"  # to the letter: Tencent's SDK knows no other spelling


Handler = Callable[[Call], Reply]
Routes = dict[tuple[str, str], Handler]


def json_reply(value: Any, status: int = 200) -> Reply:
    """`value` as JSON, Chinese unescaped, as the providers do it."""
    return Reply(json.dumps(value, ensure_ascii=False).encode("utf-8"), status)
