"""The public edition as a WeChat article: a draft that staff look at, then sent to the followers with one tag, once."""

import struct
import zlib

from sqlalchemy.orm import Session

from channels.wechat.client import ServiceAccount
from channels.wechat.mass import add_draft, preview_draft, send_to_tag, upload_picture
from core.errors import ZhidaError
from core.settings import Settings
from core.vocabulary.load import Vocabulary
from workers.digest.public import make_public
from workers.digest.rendering import render_article
from workers.models import Edition, EditionState

_WIDTH, _HEIGHT = 900, 383
_BRAND, _SEAL = bytes((0x12, 0x50, 0x7B)), bytes((0xB0, 0x2A, 0x20))


def draft_article(
    session: Session, account: ServiceAccount, edition: Edition, vocabulary: Vocabulary, settings: Settings
) -> str:
    """Put the edition among the account's drafts; the draft's media id. Raises channels.wechat.client.WeChatError."""
    public = make_public(session, edition, vocabulary, settings.public_url)
    thumb = upload_picture(account, "cover.png", draw_cover())
    return add_draft(account, [render_article(public, thumb, settings.public_url)])


def show_article(account: ServiceAccount, media_id: str, name: str) -> None:
    """Show a draft to one member of staff who follows the account, by the WeChat name (微信号) that they chose."""
    preview_draft(account, media_id, name=name)


def send_article(account: ServiceAccount, edition: Edition, media_id: str, tag: int) -> str:
    """Send a draft to the followers with the tag; the job's id. Asked twice within a day it is one job.

    Raises ZhidaError for an edition that isn't released, WeChatError for what WeChat refuses.
    """
    if edition.state != EditionState.RELEASED:
        raise ZhidaError("月报发布以后才能群发文章")
    return send_to_tag(account, media_id, tag, f"digest-{edition.kind}-{edition.starts}")


def draw_cover() -> bytes:
    """A plain cover of 900 × 383 (2.35:1, as WeChat shows the first article): a field with a line. PNG, RFC 2083."""
    rows = [b"\x00" + (_SEAL if 300 <= y < 312 else _BRAND) * _WIDTH for y in range(_HEIGHT)]
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
