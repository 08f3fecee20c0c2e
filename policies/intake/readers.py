"""Which reader takes which sort of file."""

from collections.abc import Callable, Iterable

from policies.intake import json_lines, ofd_file, pdf_file, plain_text, web_page, word_file
from policies.policy_text import PolicyText, Refusal

Reader = Callable[[bytes, str], Iterable[PolicyText | Refusal]]
"""Takes a file's content and the name it is spoken of by. InputError where the file as a whole is not usable."""

READERS: dict[str, Reader] = {
    ".txt": plain_text.read,
    ".html": web_page.read,
    ".htm": web_page.read,
    ".shtml": web_page.read,
    ".jsonl": json_lines.read,
    ".docx": word_file.read,
    ".pdf": pdf_file.read,
    ".ofd": ofd_file.read,
}
