"""Jinja2 as the mail templates use it; compiled templates are kept by their source."""

from functools import lru_cache

from css_inline import CSSInliner
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

TextTemplate = Template
HtmlTemplate = Template

# In a sandbox, for staff may edit templates and must not reach into the process by them.
_TEXT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_HTML = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, autoescape=True)


@lru_cache(maxsize=256)
def text_template(source: str) -> TextTemplate:
    """A template of plain text. Raises jinja2.TemplateSyntaxError."""
    return _TEXT.from_string(source)


@lru_cache(maxsize=32)
def html_template(source: str, css: str) -> HtmlTemplate:
    """A template of HTML with `css` written into its elements, since mailboxes drop style sheets.

    The styles go into the source, so placeholders must stand in texts and attributes and not between the parts of a
    table, and must not use the signs < > &.
    """
    return _HTML.from_string(CSSInliner(extra_css=css).inline(source))
