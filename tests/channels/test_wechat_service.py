"""The service account beside single messages: QR codes, menu, sign-in, the monthly article, the checkup."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from channels.outcome import OutcomeClass
from channels.registry import SIMULATED_APPID, SIMULATED_SECRET
from channels.simulators.providers import Providers
from channels.simulators.wechat import Follower
from channels.simulators.world import Fault
from channels.sources import read_table
from channels.wechat.answer import answer_text
from channels.wechat.checkup import MASS_PATH, find_template_problems, get_quota, list_templates
from channels.wechat.client import ServiceAccount, WeChatError
from channels.wechat.mass import (
    Article,
    add_draft,
    find_job_state,
    get_tag,
    preview_draft,
    send_to_tag,
    tag_followers,
    untag_followers,
    upload_picture,
)
from channels.wechat.service import Button, SignIn, make_qr, publish_menu

MENU = (
    Button("我的政策", url="https://z.example/me"),
    Button("服务", buttons=(Button("办事指南", url="https://z.example/guide"), Button("退订", key="REFUSE"))),
)


def test_a_code_to_bind_brings_its_scene(account: ServiceAccount, simulators: Providers) -> None:
    code = make_qr(account, "bind-7", 600)
    assert code.seconds == 600
    assert code.content.startswith("http://weixin.qq.com/q/")
    assert "ticket=" in code.image_url
    assert list(simulators.service.scenes.values()) == ["bind-7"]


@pytest.mark.parametrize(("scene", "seconds"), [("", 60), ("x" * 65, 60), ("bind", 0), ("bind", 2_592_001)])
def test_a_code_that_wechat_would_refuse_is_not_asked_for(scene: str, seconds: int, account: ServiceAccount) -> None:
    with pytest.raises(ValueError, match="scene"):
        make_qr(account, scene, seconds)


def test_the_menu_is_published_once(account: ServiceAccount, simulators: Providers) -> None:
    assert publish_menu(account, MENU)
    assert not publish_menu(account, MENU)
    assert publish_menu(account, MENU[:1])
    assert simulators.service.menu == {"button": [MENU[0].to_json()]}


def test_a_refused_menu_is_told(account: ServiceAccount) -> None:
    with pytest.raises(WeChatError) as caught:
        publish_menu(account, [Button("名字长得菜单里放不下", url="https://z.example")])
    assert caught.value.code == "40018"


class TestSignIn:
    """A person who reads in WeChat signs in without a password."""

    def test_there_and_back(self, account: ServiceAccount, simulators: Providers, base_url: str) -> None:
        simulators.wechat.followers["o-wang"] = Follower()
        address = SignIn(SIMULATED_APPID, base_url).address("https://z.example/back?a=1", "s1")
        page = httpx.get(address.removesuffix("#wechat_redirect")).text
        back = parse_qs(urlsplit(page.split('href="')[1].split('"')[0].replace("&amp;", "&")).query)
        assert back["state"] == ["s1"]
        assert back["a"] == ["1"]
        assert account.sign_in(back["code"][0]) == "o-wang"
        with pytest.raises(WeChatError, match="40029"):
            account.sign_in(back["code"][0])

    def test_a_code_lives_five_minutes(self, account: ServiceAccount, simulators: Providers) -> None:
        code = simulators.service.make_code("o-wang")
        simulators.world.advance(301)
        with pytest.raises(WeChatError, match="40029"):
            account.sign_in(code)

    @pytest.mark.parametrize("action", ["reset", "http", "text"])
    def test_trouble_shows_no_secret(self, action: str, account: ServiceAccount, simulators: Providers) -> None:
        simulators.world.faults.append(Fault("wechat.sign_in", action))  # type: ignore[arg-type] # words of a table
        with pytest.raises(WeChatError) as caught:
            account.sign_in("the-code")
        assert caught.value.cls is OutcomeClass.TEMP
        assert SIMULATED_SECRET not in str(caught.value).replace("simulators", "")
        assert "the-code" not in str(caught.value)


class TestMonthlyArticle:
    """By draft, preview and tag."""

    @pytest.fixture
    def draft(self, account: ServiceAccount, simulators: Providers) -> str:
        for n in range(120):
            simulators.wechat.followers[f"o{n}"] = Follower()
        picture = upload_picture(account, "cover.png", b"\x89PNG....")
        return add_draft(account, [Article("10月政策", "<p>好政策</p>", picture, digest="本月两项")])

    @pytest.fixture
    def tag(self, account: ServiceAccount, draft: str) -> int:
        tag = get_tag(account, "月报")
        tag_followers(account, tag, (f"o{n}" for n in range(120)))
        return tag

    def test_it_goes_to_all_who_have_the_tag_once(
        self, account: ServiceAccount, draft: str, tag: int, simulators: Providers
    ) -> None:
        untag_followers(account, tag, ["o0"])
        job = send_to_tag(account, draft, tag, "2026-10")
        again = send_to_tag(account, draft, tag, "2026-10")
        assert again == job
        assert simulators.mass.jobs[int(job)]["sent"] == 119
        assert len(simulators.mass.jobs) == 1
        assert find_job_state(account, job) == "SEND_SUCCESS"

    def test_cut_after_taking_and_sent_again_it_is_one_job(
        self, account: ServiceAccount, draft: str, tag: int, simulators: Providers
    ) -> None:
        simulators.world.faults.append(Fault("wechat.mass", "reset", when="after"))
        with pytest.raises(WeChatError) as caught:
            send_to_tag(account, draft, tag, "2026-10")
        assert caught.value.cls is OutcomeClass.AMBIGUOUS
        assert send_to_tag(account, draft, tag, "2026-10") in {str(number) for number in simulators.mass.jobs}
        assert len(simulators.mass.jobs) == 1

    def test_four_a_month_for_each_person(
        self, account: ServiceAccount, draft: str, tag: int, simulators: Providers
    ) -> None:
        jobs = [send_to_tag(account, draft, tag, f"job-{n}") for n in range(5)]
        assert [simulators.mass.jobs[int(job)]["sent"] for job in jobs] == [120, 120, 120, 120, 0]

    def test_the_tag_is_made_once(self, account: ServiceAccount, simulators: Providers) -> None:
        assert get_tag(account, "月报") == get_tag(account, "月报")
        assert len(simulators.mass.tags) == 1

    def test_staff_see_it_first(self, account: ServiceAccount, draft: str, simulators: Providers) -> None:
        preview_draft(account, draft, "o1")
        assert simulators.world.accepted[-1].address == "o1"
        assert not simulators.mass.jobs

    @pytest.mark.parametrize(
        "change", [{"title": ""}, {"title": "长" * 65}, {"content": ""}, {"content": "x" * 20_000}]
    )
    def test_what_wechat_would_refuse_is_not_sent(self, change: dict[str, str], account: ServiceAccount) -> None:
        with pytest.raises(ValueError, match="article"):
            add_draft(account, [replace(Article("好", "好", "m"), **change)])

    @pytest.mark.parametrize(
        ("act", "code"),
        [
            (lambda account: add_draft(account, [Article("好", "好", "no-such-picture")]), "40007"),
            (lambda account: add_draft(account, []), "45008"),
            (lambda account: preview_draft(account, "no-such-draft", "o1"), "40007"),
            (lambda account: find_job_state(account, "1"), "40059"),
            (lambda account: tag_followers(account, 7, ["o1"]), "45159"),
            (lambda account: get_tag(account, "长" * 31), "45158"),
        ],
    )
    def test_refusals_are_told(
        self, act: Callable[[ServiceAccount], object], code: str, account: ServiceAccount, simulators: Providers
    ) -> None:
        with pytest.raises(WeChatError) as caught:
            act(account)
        assert caught.value.code == code

    def test_a_key_is_needed(self, account: ServiceAccount) -> None:
        for key in ("", "k" * 33):
            with pytest.raises(ValueError, match="clientmsgid"):
                send_to_tag(account, "draft", 1, key)


class TestAnswers:
    """A follower who writes is answered, within WeChat's window."""

    def act(self, base_url: str, event: str) -> None:
        httpx.post(f"{base_url}/_sim/acts", json={"openid": "o1", "event": event})

    def answers(self, account: ServiceAccount, count: int) -> list[str]:
        return [answer_text(account, "o1", f"第{n}条").code for n in range(count)]

    def test_five_after_a_message(self, account: ServiceAccount, simulators: Providers, base_url: str) -> None:
        self.act(base_url, "subscribe")
        self.act(base_url, "text")
        assert self.answers(account, 6) == ["0"] * 5 + ["45047"]
        assert simulators.world.counts["wechat_answer"] == 5
        assert "第4条" in httpx.get(f"{base_url}/_sim/inbox").text

    def test_three_within_a_minute_after_following(
        self, account: ServiceAccount, simulators: Providers, base_url: str
    ) -> None:
        self.act(base_url, "subscribe")
        assert self.answers(account, 2) == ["0", "0"]
        simulators.world.advance(61)
        late = answer_text(account, "o1", "太晚了")
        assert (late.cls, late.code) == (OutcomeClass.WINDOW, "45015")

    def test_nobody_who_did_nothing_is_answered(self, account: ServiceAccount) -> None:
        assert answer_text(account, "sim-1", "您好").cls is OutcomeClass.WINDOW
        assert answer_text(account, "stranger", "您好").cls is OutcomeClass.RECIPIENT_PERM

    def test_a_long_answer_is_cut(self, account: ServiceAccount, simulators: Providers, base_url: str) -> None:
        self.act(base_url, "subscribe")
        self.act(base_url, "text")
        assert answer_text(account, "o1", "很" * 3000).accepted


ARTICLE = {"title": "好", "content": "好", "thumb_media_id": "m"}


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("draft/add", {"articles": [{**ARTICLE, "title": "长" * 65}]}, "45003"),
        ("draft/add", {"articles": [{**ARTICLE, "content": "x" * 20_000}]}, "45002"),
        ("draft/add", {"articles": [ARTICLE]}, "40007"),
        ("draft/delete", {"media_id": "m"}, "40007"),
        ("message/mass/sendall", {"clientmsgid": "k" * 33}, "45067"),
        ("message/mass/sendall", {"msgtype": "text", "text": {"content": "好"}}, "40008"),
        ("message/mass/sendall", {"msgtype": "mpnews", "mpnews": {"media_id": "m"}}, "40007"),
        ("message/mass/delete", {"msg_id": 1}, "40059"),
        ("tags/members/batchtagging", {"tagid": 1, "openid_list": ["o1"]}, "45159"),
        ("qrcode/create", {"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 1}}}, "40053"),
        ("menu/create", {"button": []}, "40016"),
        ("menu/create", {"button": [{"name": "好", "type": "click"}]}, "40017"),
        ("menu/create", {"button": [{"name": "好", "sub_button": [{"name": "好"}] * 6}]}, "40023"),
        ("openapi/quota/get", {"cgi_path": "/none"}, "76021"),
    ],
)
def test_the_simulator_refuses_by_wechats_codes(
    path: str, body: dict[str, object], code: str, account: ServiceAccount
) -> None:
    with pytest.raises(WeChatError) as caught:
        account.post(path, data=body)
    assert caught.value.code == code


def test_to_all_needs_an_administrator(account: ServiceAccount, simulators: Providers) -> None:
    draft = add_draft(account, [Article("好", "好", upload_picture(account, "a.png", b"png"))])
    body = {"filter": {"is_to_all": True}, "mpnews": {"media_id": draft}, "msgtype": "mpnews"}
    with pytest.raises(WeChatError) as caught:
        account.post("message/mass/sendall", data=body)
    assert (caught.value.code, caught.value.cls) == ("89503", OutcomeClass.CONFIG)
    assert account.post("draft/delete", data={"media_id": draft})["errcode"] == 0
    assert account.get("menu/delete")["errcode"] == 0


class TestCheckup:
    """What `doctor` asks."""

    def test_templates_are_compared_with_what_we_fill(self, account: ServiceAccount) -> None:
        present = list_templates(account)
        wanted = {f"TPL-{name.upper()}": list(fields) for name, fields in read_table("wechat.json").items()}
        assert find_template_problems(present, wanted) == []
        wanted["TPL-POLICY"] = ["thing1", "thing9"]
        assert "TPL-POLICY" in find_template_problems(present, wanted)[0]
        assert find_template_problems(present, {"TPL-DIGEST": [*wanted["TPL-DIGEST"], "thing9"]}) == [
            "模板 TPL-DIGEST 里没有字段 thing9"
        ]
        assert find_template_problems({}, {"A": ["thing1"]}) == ["公众号里没有模板 A"]

    def test_the_quota_is_read(self, account: ServiceAccount, simulators: Providers) -> None:
        simulators.wechat.limits["mass"] = 7
        quota = get_quota(account, MASS_PATH)
        assert (quota.limit, quota.used, quota.left) == (7, 0, 7)


def test_followers_are_listed_in_pages(account: ServiceAccount, simulators: Providers) -> None:
    for n in range(10_001):
        simulators.wechat.followers[f"o{n:06d}"] = Follower(follows=n != 5)
    assert len(list(account.user.iter_followers())) == 10_000
