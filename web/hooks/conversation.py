"""What a follower is told: the few commands of the account, and an answer to everything else they write."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from channels.message import Channel
from channels.refusal import is_refusal
from core.clock import local_date
from core.database import Sessions
from core.errors import InputError
from core.vocabulary.load import Vocabulary
from subscribers.contacts import list_subscribers_by_address
from subscribers.models import Subscriber
from web.parts import Parts
from web.portal.catalogue import Row, Wanted, list_policies, split_words
from workers.incoming import refuse
from workers.inquiries import store_inquiry

MOST = 3
_FEW = 5


@dataclass(frozen=True, slots=True)
class Search:
    """Words to look for in the library; done after WeChat has its `success`."""

    words: str


def welcome(parts: Parts, *, scanned: bool) -> str:
    """To who follows, or has scanned the code of a page that waits for it."""
    if scanned:
        return "扫码成功。请回到网页，点“我已扫码”继续。"
    return (
        f"您好，这里是{parts.settings.mail_from_name}。"
        f"订阅后，符合您条件的政策会发到这里：{_page(parts, 'subscribe')}\n"
        "直接发来问题，如“一次性创业补贴”，会回给您三条相关的政策。\n"
        "发“订阅 就业”按主题订阅；发“退订”不再接收；发“人工”加您的问题，由工作人员回复。"
    )


def respond(session: Session, parts: Parts, openid: str, text: str) -> str | Search:
    """Do what a follower's words ask for, and say so; anything that is no command is to be searched for."""
    words = " ".join(text.split())
    if is_refusal(words):
        refuse(session, parts.keys, Channel.WECHAT, [openid], "wechat", parts.clock())
        return f"已退订，不会再在微信里给您发政策消息。想恢复，请打开：{_page(parts, 'mine')}"
    if words.startswith("人工"):
        store_inquiry(session, parts.keys, Channel.WECHAT, openid, words, parts.clock())
        return "已转给工作人员，工作日内回复您。请不要在这里发身份证号、银行卡号。"
    if words.startswith("订阅"):
        return _subscribe(session, parts, openid, words.removeprefix("订阅").strip(" ：:，,+"))
    return Search(words)


def search(sessions: Sessions, parts: Parts, words: str) -> str:
    """The three best policies for a question, or what to do where there is none."""
    with sessions() as session:
        rows = _find(session, parts, words)
    if not rows:
        return "没有找到相关的政策。请换个说法，如“稳岗补贴”，或发“人工”加您的问题，由工作人员回复。"
    lines = [f"{number}. {row.policy.title}\n{_page(parts, f'p/{row.policy.id}')}" for number, row in rows]
    return "\n".join(["找到这些政策：", *lines, "不是您要的？请换个说法，或发“人工”加您的问题。"])


def find_topics(vocabulary: Vocabulary, words: str) -> list[str]:
    """The topics that `words` name: by name or code, else by what they are also called; the more letters the better."""
    exact = [topic.code for topic in vocabulary.topics.values() if words in (topic.name, topic.code)]
    if exact or not words:
        return exact
    partly = {
        topic.code: max(_overlap(words, name) for name in (topic.name, *topic.keywords, *topic.colloquial))
        for topic in vocabulary.topics.values()
    }
    best = max(partly.values())
    return [code for code, length in partly.items() if length == best > 0]


def _overlap(words: str, name: str) -> int:
    """The letters of the shorter one where it stands in the other."""
    return min(len(words), len(name)) if name in words or words in name else 0


def _subscribe(session: Session, parts: Parts, openid: str, words: str) -> str:
    codes = find_topics(parts.vocabulary, words)
    topics = parts.vocabulary.topics
    if not codes:
        return f"没有找到这个主题。全部主题请看：{_page(parts, 'subscribe')}"
    if len(codes) > 1:
        return "请说得具体一点，发其中一个：\n" + "\n".join(f"订阅 {topics[code].name}" for code in codes[:_FEW])
    [code] = codes
    holders = _holders(session, parts, openid)
    if not holders:
        return f"先用一分钟订阅，就能收到“{topics[code].name}”的政策：{_page(parts, f'subscribe?topic={code}')}"
    for subscriber in holders:
        if code not in subscriber.topics:
            subscriber.topics = [*subscriber.topics, code]
    return f"已订阅“{topics[code].name}”。要改主题，请打开：{_page(parts, 'mine/topics')}"


def _holders(session: Session, parts: Parts, openid: str) -> list[Subscriber]:
    try:
        ids = list_subscribers_by_address(session, parts.keys, Channel.WECHAT, openid)
    except InputError:
        return []
    return [session.get_one(Subscriber, number, with_for_update=True) for number in ids]


def _find(session: Session, parts: Parts, words: str) -> list[tuple[int, Row]]:
    today = local_date(parts.clock())
    rows = list_policies(session, Wanted(words=split_words(words)), parts.vocabulary, today).rows if words else []
    for topic in find_topics(parts.vocabulary, words) if len(rows) < MOST else []:
        rows += list_policies(session, Wanted(topic=topic), parts.vocabulary, today).rows
    unique = list({row.policy.id: row for row in rows}.values())
    return list(enumerate(unique[:MOST], 1))


def _page(parts: Parts, path: str) -> str:
    return f"{parts.settings.public_url.rstrip('/')}/{path}"
