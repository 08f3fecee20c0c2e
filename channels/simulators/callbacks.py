"""What providers post to us afterwards: receipts, replies, followers' acts; tried three times, held or doubled at will.

WeChat wants `success` or nothing within five seconds, Aliyun `{"code": 0}`, Tencent `{"result": 0}`.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

import requests

from channels.refusal import is_refusal
from channels.simulators.receipts import Post, aliyun_reply, receipt_of, wechat_event
from channels.simulators.world import Accepted, World

TRIES = 3
TIMEOUT = 5.0
AT_ONCE = 8


@dataclass(slots=True)
class Hooks:
    """Where the providers post, and how they misbehave.

    `held` keeps posts back until `release`; `again` posts each so many times; `dropped` is the share that is lost.
    """

    wechat: str = ""
    wechat_token: str = "local"  # noqa: S105 - opens the simulator only
    wechat_aes_key: str = ""
    aliyun_report: str = ""
    aliyun_up: str = ""
    tencent_report: str = ""
    held: bool = False
    again: int = 1
    dropped: float = 0.0
    retry_seconds: float = 1.0


class Callbacks:
    """Turns what was accepted into posts and brings them to us."""

    def __init__(self, world: World, appid: str) -> None:
        self.world = world
        self._appid = appid
        self.reset()

    def reset(self) -> None:
        """Nobody listens, nothing waits."""
        self.hooks = Hooks()
        self.waiting: list[Post] = []
        self.posted: list[tuple[str, int]] = []
        """Where each post went and how it ended (HTTP status, 0 for none)."""
        self.given_up = 0

    def accepted(self, one: Accepted) -> None:
        """A message was taken: its receipt is due."""
        post = receipt_of(one, self.hooks.wechat, self.hooks.aliyun_report, self.hooks.tencent_report)
        if post is not None and self.world.chance() >= self.hooks.dropped:
            self.waiting.extend([post] * self.hooks.again)

    def person_acts(self, openid: str, event: str, fields: dict[str, Any]) -> None:
        """A follower follows, scans, writes …: an event is due."""
        if event == "unsubscribe" or (event == "text" and is_refusal(str(fields.get("Content", "")))):
            self.world.refused.add(("wechat", openid))
        elif event == "subscribe":
            self.world.refused.discard(("wechat", openid))
        if self.hooks.wechat:
            self.waiting.append(wechat_event(self.hooks.wechat, openid, event, fields, self.world.now()))

    def person_replies(self, phone: str, text: str) -> None:
        """Somebody answers an SMS."""
        if is_refusal(text):
            self.world.refused.add(("sms", phone))
        if self.hooks.aliyun_up:
            self.waiting.append(aliyun_reply(self.hooks.aliyun_up, phone, text, self.world.now()))

    def release(self, order: Literal["same", "reverse"] = "same") -> None:
        """Let go of what was held."""
        self.hooks.held = False
        if order == "reverse":
            self.waiting.reverse()

    async def run(self) -> None:
        """Post what is due until cancelled."""
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            while True:
                while self.waiting and not self.hooks.held:
                    await gate.acquire()
                    task = group.create_task(self._bring(self.waiting.pop(0)))
                    task.add_done_callback(lambda _: gate.release())
                await asyncio.sleep(0.02)

    async def _bring(self, post: Post) -> None:
        for left in reversed(range(TRIES)):
            status, content = await asyncio.to_thread(self._post, post)
            self.posted.append((post.url, status))
            if status == 200 and post.is_thanked(content):
                return
            if left:
                await asyncio.sleep(self.hooks.retry_seconds)
        self.given_up += 1

    def _post(self, post: Post) -> tuple[int, bytes]:
        url, body = post.sealed(self.hooks.wechat_token, self.hooks.wechat_aes_key, self._appid, self.world.now())
        try:
            reply = requests.post(url, data=body, headers={"content-type": post.kind}, timeout=TIMEOUT)
        except requests.RequestException:
            return 0, b""
        return reply.status_code, reply.content
