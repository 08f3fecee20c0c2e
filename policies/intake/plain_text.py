"""A policy as lines of text: the title first, then, where there are any, `字段：值` lines, then the document."""

from collections.abc import Iterator, Sequence

from core.errors import InputError
from policies.intake.decoding import clean, decode
from policies.intake.headings import is_title
from policies.intake.labels import labelled, policy_from
from policies.policy_text import PolicyText


def read(content: bytes, name: str) -> Iterator[PolicyText]:
    """The one policy of a text file. InputError where it is empty, no text, or doesn't begin with a title."""
    yield policy_of_lines(decode(content, name).splitlines(), name)


def policy_of_lines(written: Sequence[str], name: str) -> PolicyText:
    """A policy from its lines; those between title and body that name a known field are taken as such."""
    lines = [line for line in map(clean, written) if line]
    if not lines or not is_title(lines[0]):
        raise InputError("缺少标题：第一行应是标题", name)
    fields: dict[str, str] = {}
    body = 1
    while body < len(lines) and (field := labelled(lines[body])):
        fields.setdefault(*field)
        body += 1
    return policy_from(lines[0], "\n".join(lines[body:]), fields, name)
