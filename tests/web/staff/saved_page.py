"""A real document of the optional material, as a browser saves the page that it was published on."""

import json
from html import escape
from pathlib import Path

_PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}_{site}</title>
<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{day}">
<!-- saved from url={url} --></head>
<body><div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/zwgk/">政务公开</a></li></ul></div>
<div class="content"><h1>{title}</h1><p>发布日期：{day}</p>
<div class="TRS_Editor">{paragraphs}</div></div>
<div class="footer"><a href="/about">关于我们</a> 版权所有</div></body></html>
"""


def save_page(corpus: Path, number: str, folder: Path) -> Path:
    """The document `number` of a corpus file as a page in `folder`."""
    with corpus.open(encoding="utf-8") as lines:
        told = next(one for line in lines if (one := json.loads(line))["id"] == number)
    page = folder / f"{number}.html"
    page.write_text(
        _PAGE.format(
            title=escape(told["title"]),
            site=escape(f"{told['region']}人民政府"),
            day=told["written_date"],
            url=escape(told["url"]),
            paragraphs="\n".join(f"<p>{escape(line)}</p>" for line in told["text"].splitlines()),
        ),
        encoding="utf-8",
    )
    return page
