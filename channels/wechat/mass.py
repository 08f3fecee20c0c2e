"""The monthly article: draft, preview to staff, sent to a tag once, whatever happens on the way.

Source: developers.weixin.qq.com, pages 草稿箱, 群发, 用户标签.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from channels.message import KEY_LENGTH
from channels.outcome import OutcomeClass
from channels.wechat.client import ServiceAccount, WeChatError

A_BATCH = 50
LONGEST_TITLE, LONGEST_DIGEST, LONGEST_CONTENT = 64, 120, 20_000


@dataclass(frozen=True, slots=True)
class Article:
    """One article of a draft. `content` is HTML without scripts, `thumb_media_id` a picture uploaded before."""

    title: str
    content: str
    thumb_media_id: str
    digest: str = ""
    author: str = ""
    source_url: str = ""

    def to_json(self) -> dict[str, Any]:
        """As draft/add wants it. Raises ValueError for what WeChat would refuse."""
        if not 0 < len(self.title) <= LONGEST_TITLE or not 0 < len(self.content) < LONGEST_CONTENT:
            raise ValueError("the article's title takes 1–64 characters, its content 1–19,999")
        return {
            "title": self.title,
            "author": self.author,
            "digest": self.digest[:LONGEST_DIGEST],
            "content": self.content,
            "content_source_url": self.source_url,
            "thumb_media_id": self.thumb_media_id,
            "need_open_comment": 0,
            "only_fans_can_comment": 0,
        }


def upload_picture(account: ServiceAccount, name: str, data: bytes) -> str:
    """Keep a picture at WeChat for articles; its media id. Raises WeChatError."""
    answer = account.post("material/add_material", params={"type": "image"}, files={"media": (name, data)})
    return str(answer["media_id"])


def add_draft(account: ServiceAccount, articles: Sequence[Article]) -> str:
    """Put 1–8 articles into the drafts; the draft's media id. Raises WeChatError."""
    answer = account.post("draft/add", data={"articles": [article.to_json() for article in articles]})
    return str(answer["media_id"])


def preview_draft(account: ServiceAccount, media_id: str, openid: str = "", *, name: str = "") -> None:
    """Show the draft to one follower, such as the editor, by openid or by WeChat name (微信号). Raises WeChatError."""
    to = {"towxname": name} if name else {"touser": openid}
    account.post("message/mass/preview", data={**to, **_news(media_id)})


def send_to_tag(account: ServiceAccount, media_id: str, tag_id: int, key: str) -> str:
    """Send the draft to everybody with this tag; the job's id, which MASSSENDJOBFINISH names.

    `key` (≤ 32) makes a repeat within 24 hours answer with the first job instead of sending twice.
    To everybody at once is not offered: it needs an administrator's confirmation at that moment. Raises WeChatError.
    """
    if not 0 < len(key) <= KEY_LENGTH:
        raise ValueError("clientmsgid takes 1–32 characters")
    body = {"filter": {"is_to_all": False, "tag_id": tag_id}, **_news(media_id)}
    try:
        answer = account.post("message/mass/sendall", data={**body, "send_ignore_reprint": 0, "clientmsgid": key})
    except WeChatError as error:
        if error.cls is OutcomeClass.DUP and error.known_id:
            return error.known_id
        raise
    return str(answer["msg_id"])


def find_job_state(account: ServiceAccount, job: str) -> str:
    """SENDING, SEND_SUCCESS, SEND_FAIL or DELETE; the totals come with the event only. Raises WeChatError."""
    return str(account.post("message/mass/get", data={"msg_id": int(job)})["msg_status"])


def get_tag(account: ServiceAccount, name: str) -> int:
    """The id of the tag `name` (≤ 30 characters), made when there is none. Raises WeChatError."""
    for tag in account.tag.get():
        if tag["name"] == name:
            return int(tag["id"])
    return int(account.tag.create(name)["id"])


def list_tagged(account: ServiceAccount, tag_id: int) -> Iterator[str]:
    """The openids of all who have the tag, ten thousand a call. Raises WeChatError."""
    yield from account.tag.iter_tag_users(tag_id)


def tag_followers(account: ServiceAccount, tag_id: int, openids: Iterable[str]) -> None:
    """Give the tag to followers, fifty a call. Raises WeChatError."""
    for batch in _batches(openids):
        account.tag.tag_user(tag_id, batch)


def untag_followers(account: ServiceAccount, tag_id: int, openids: Iterable[str]) -> None:
    """Take the tag from followers, fifty a call. Raises WeChatError."""
    for batch in _batches(openids):
        account.tag.untag_user(tag_id, batch)


def _batches(openids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(openids)
    while batch := list(islice(rest, A_BATCH)):
        yield batch


def _news(media_id: str) -> dict[str, Any]:
    return {"mpnews": {"media_id": media_id}, "msgtype": "mpnews"}
