"""Messages to many at WeChat: drafts, tags, jobs with `clientmsgid`, four a month for each person.

Source: developers.weixin.qq.com, 群发 and 草稿箱; limits from the page of API call limits.
"""

import secrets
from typing import Any

from channels.simulators.request import Routes
from channels.simulators.wechat import Follower, RefusedError, WeChatSimulator

A_MONTH, A_MINUTE, KNOWN = 4, 60, 86400
LONGEST = 20_000
A_PAGE = 10_000


class WeChatMass:
    """Drafts, tags and the jobs that send a draft to all who have a tag."""

    def __init__(self, account: WeChatSimulator) -> None:
        self._account = account
        self.reset()

    def reset(self) -> None:
        """No drafts, no tags, no jobs."""
        self.drafts: dict[str, list[dict[str, Any]]] = {}
        self.media: set[str] = set()
        self.tags: dict[int, str] = {}
        self.jobs: dict[int, dict[str, Any]] = {}
        self._by_key: dict[str, tuple[float, int]] = {}
        self._account.minute_limits.setdefault("mass", A_MINUTE)

    def routes(self) -> Routes:
        """By method and path."""
        acts = {
            "draft/add": self._draft_add,
            "draft/delete": self._draft_delete,
            "tags/create": self._tag_create,
            "user/tag/get": self._list_members,
            "tags/members/batchtagging": self._tag_members,
            "tags/members/batchuntagging": self._untag_members,
            "message/mass/sendall": self._send_all,
            "message/mass/preview": self._preview,
            "message/mass/get": self._get,
            "message/mass/delete": self._delete,
        }
        routes: Routes = {("POST", f"/cgi-bin/{path}"): self._account.authorised(act) for path, act in acts.items()}
        # The one upload: a form with a file instead of JSON.
        routes["POST", "/cgi-bin/material/add_material"] = self._account.answering(
            lambda call: self._add_material(self._account.check_token(call), {"size": len(call.body)})
        )
        routes["GET", "/cgi-bin/tags/get"] = self._account.authorised(self._tag_list)
        return routes

    def _add_material(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("add_material")
        if query.get("type") not in ("image", "thumb"):
            raise RefusedError(40004, "invalid media type")
        if not 0 < body["size"] < 10 << 20:
            raise RefusedError(45001, "media size out of limit")
        media_id = secrets.token_urlsafe(32)
        self.media.add(media_id)
        return {"media_id": media_id, "url": f"https://mmbiz.example/{media_id}"}

    def _draft_add(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("draft_add")
        articles = body.get("articles") or []
        for article in articles:
            if not article.get("title") or len(article["title"]) > 64:
                raise RefusedError(45003, "title size out of limit")
            if not article.get("content") or len(article["content"]) >= LONGEST:
                raise RefusedError(45002, "content size out of limit")
            if article.get("thumb_media_id") not in self.media:
                raise RefusedError(40007, "invalid media_id")
        if not 1 <= len(articles) <= 8:
            raise RefusedError(45008, "article size out of limit")
        media_id = secrets.token_urlsafe(32)
        self.drafts[media_id] = articles
        return {"media_id": media_id}

    def _draft_delete(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("draft_delete")
        if self.drafts.pop(str(body.get("media_id")), None) is None:
            raise RefusedError(40007, "invalid media_id")
        return {"errcode": 0, "errmsg": "ok"}

    def _tag_create(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("tags")
        name = str((body.get("tag") or {}).get("name") or "")
        if not 0 < len(name) <= 30:
            raise RefusedError(45158, "invalid tag name length")
        if name in self.tags.values():
            raise RefusedError(45157, "invalid tag name")
        if len(self.tags) >= 100:
            raise RefusedError(45056, "too many tag now")
        number = max(self.tags, default=99) + 1
        self.tags[number] = name
        return {"tag": {"id": number, "name": name}}

    def _tag_list(self, _: dict[str, str], __: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("tags")
        counts = [(number, name, len(self._tagged(number))) for number, name in self.tags.items()]
        return {"tags": [{"id": number, "name": name, "count": count} for number, name, count in counts]}

    def _list_members(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("tags")
        if body.get("tagid") not in self.tags:
            raise RefusedError(45159, "invalid tag id")
        openids = sorted(o for o, one in self._account.followers.items() if int(body["tagid"]) in one.tags)
        page = [openid for openid in openids if openid > str(body.get("next_openid") or "")][:A_PAGE]
        return {"count": len(page), **({"data": {"openid": page}, "next_openid": page[-1]} if page else {})}

    def _tag_members(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        for follower in self._members(body):
            if len(follower.tags) >= 20:
                raise RefusedError(45059, "has no more tag")
            follower.tags.add(int(body["tagid"]))
        return {"errcode": 0, "errmsg": "ok"}

    def _untag_members(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        for follower in self._members(body):
            follower.tags.discard(int(body["tagid"]))
        return {"errcode": 0, "errmsg": "ok"}

    def _members(self, body: dict[str, Any]) -> list[Follower]:
        self._account.begin("tags")
        if body.get("tagid") not in self.tags:
            raise RefusedError(45159, "invalid tag id")
        openids = body.get("openid_list") or []
        if not 1 <= len(openids) <= 50:
            raise RefusedError(40032, "invalid openid list size")
        return [self._account.get_follower(openid) for openid in openids]

    def _tagged(self, tag: int) -> list[Follower]:
        return [one for one in self._account.followers.values() if one.follows and tag in one.tags]

    def _send_all(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        key, now = str(body.get("clientmsgid") or ""), self._account.world.now()
        if len(key) > 32:
            raise RefusedError(45067, "clientmsgid size limit")
        if key in self._by_key and now - self._by_key[key][0] < KNOWN:
            raise RefusedError(45065, "clientmsgid exist", msg_id=self._by_key[key][1])
        self._account.begin("mass")
        articles = self._article(body)
        chosen = body.get("filter") or {}
        if chosen.get("is_to_all"):
            raise RefusedError(89503, "this call needs admin confirmation")
        if chosen.get("tag_id") not in self.tags:
            raise RefusedError(45159, "invalid tag id")
        job = self._run(self._tagged(int(chosen["tag_id"])))
        if key:
            self._by_key[key] = (now, job["msg_id"])
        self._record(f"tag:{chosen['tag_id']}", key, articles, job)
        self._account.world.leave("wechat.mass")
        return {"errcode": 0, "errmsg": "send job submission success", "msg_id": job["msg_id"], "msg_data_id": 1}

    def _run(self, people: list[Follower]) -> dict[str, Any]:
        """The job: a person who had four this month is passed over."""
        month = self._account.month()
        sent = 0
        for person in people:
            if person.mass[month] < A_MONTH:
                person.mass[month] += 1
                sent += 1
        number = 1_000_000_001 + len(self.jobs)
        job = {"msg_id": number, "status": "SEND_SUCCESS", "total": len(people), "sent": sent}
        self.jobs[number] = job
        return job

    def _preview(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("preview")
        articles = self._article(body)
        openid = str(body.get("touser") or "")
        if openid:
            self._account.get_follower(openid)
        self._record(openid or str(body.get("towxname")), "", articles, {"preview": True})
        return {"errcode": 0, "errmsg": "preview success"}

    def _article(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        if body.get("msgtype") != "mpnews":
            raise RefusedError(40008, "invalid message type")
        articles = self.drafts.get(str((body.get("mpnews") or {}).get("media_id")))
        if articles is None:
            raise RefusedError(40007, "invalid media_id")
        return articles

    def _record(self, address: str, key: str, articles: list[dict[str, Any]], job: dict[str, Any]) -> None:
        content = {"kind": "mass", "title": articles[0]["title"], "html": articles[0]["content"], **job}
        number = str(job.get("msg_id", ""))
        self._account.world.accept("wechat_mass", "wechat", number, key, address, content, f"{number}{address}")

    def _get(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("mass_get")
        job = self.jobs.get(int(body.get("msg_id") or 0))
        if job is None:
            raise RefusedError(40059, "invalid msg id")
        return {"msg_id": job["msg_id"], "msg_status": job["status"]}

    def _delete(self, _: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self._account.begin("mass_delete")
        job = self.jobs.get(int(body.get("msg_id") or 0))
        if job is None:
            raise RefusedError(40059, "invalid msg id")
        job["status"] = "DELETE"
        return {"errcode": 0, "errmsg": "ok"}
