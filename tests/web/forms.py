"""Filling in forms as a browser without JavaScript does."""

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import html
from starlette.testclient import TestClient


class Page:
    """A page that was opened, with its forms."""

    def __init__(self, client: TestClient, answer: Any) -> None:
        self.client = client
        self.answer = answer
        self.path = answer.url.path
        self.text = answer.text
        self.root = html.fromstring(answer.text)

    @property
    def heading(self) -> str:
        return str(self.root.xpath("string(//h1)")).strip()

    @property
    def words(self) -> str:
        """What is read on the page."""
        return " ".join(str(self.root.xpath("string(//main)")).split())

    @property
    def errors(self) -> list[str]:
        return [str(one.text_content()).strip() for one in self.root.find_class("field__error")]

    def submit(
        self,
        given: Mapping[str, str | Sequence[str]] | None = None,
        *,
        form: int = 0,
        press: tuple[str, str] | None = None,
    ) -> "Page":
        """Send the `form`th form of the main part with what it holds, changed by `given`; `press` is a named button."""
        found = self.root.xpath("//main//form")[form]
        fields: dict[str, list[str]] = {}
        for name, value in found.form_values():
            fields.setdefault(name, []).append(value or "")
        for name, value in (given or {}).items():
            fields[name] = [value] if isinstance(value, str) else list(value)
        if press:
            fields[press[0]] = [press[1]]
        target = found.action or self.path
        return open_page(self.client, str(found.method), target, fields)


def open_page(client: TestClient, method: str, path: str, fields: Mapping[str, Any] | None = None) -> Page:
    """Open a page, going where it sends one."""
    if method.upper() == "GET":
        answer = client.get(path, params=fields or None)
    else:
        answer = client.post(path, data=dict(fields or {}))
    while answer.is_redirect:
        answer = client.get(answer.headers["location"])
    return Page(client, answer)
