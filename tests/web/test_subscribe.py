"""Subscribing, signing in, the own page: as a browser without JavaScript goes through it."""

import email
import email.policy
import re
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import func, select
from starlette.testclient import TestClient

from channels.simulators.providers import Providers
from channels.simulators.wechat import Follower
from core.database import Sessions, unit_of_work
from core.errors import InputError
from core.privacy import Keys
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from subscribers.consent import has_consent
from subscribers.models import Consent, Contact, Purpose, Subscriber
from tests.web.conftest import NOW
from tests.web.forms import Page, open_page
from tests.web.rows import Rows
from tests.web.test_hooks import OPENID
from web.app import create_app
from web.models import Engagement
from web.portal.consent_text import VERSION
from web.portal.places import find_place, list_path
from web.portal.scenes import answer_scene
from workers.habits import wants_digest_by_sms
from workers.models import Delivery

VOCABULARY = load_vocabulary()
CODE = "91110108MA01A2B3CF"
PHONE = "13900001111"


def last_code(simulators: Providers, channel: str, address: str) -> str:
    """The code in the newest message to an address."""
    content: dict[str, Any] = simulators.world.list_accepted(channel, address)[0]["content"]
    text = content["raw"].decode() if channel == "mail" else str(content)
    if channel == "mail":
        body = email.message_from_string(text, policy=email.policy.default).get_body(("plain",))
        assert body is not None
        text = body.get_content()
    found = re.search(r"(?<!\d)(\d{6})(?!\d)", text[text.index("验证码") :] if "验证码" in text else text)
    assert found is not None
    return found[1]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def to_channels(client: TestClient, kind: str = "enterprise") -> Page:
    """As far as the fourth step."""
    page = open_page(client, "GET", "/subscribe", {"kind": kind})
    given = {"code": CODE, "name": "北京远山智能科技有限公司"} if kind == "enterprise" else {"birth_date": "1990"}
    page = page.submit(given)
    assert page.path == "/subscribe/where", page.words
    page = page.submit({"region": "110108"}, form=1)
    assert page.path == "/subscribe/topics"
    page = page.submit({"topics": ["E0301", "E0403"] if kind == "enterprise" else ["P0301"]})
    assert page.path == "/subscribe/channels"
    return page


def form_of(page: Page, heading: str) -> int:
    """Which form belongs to a channel."""
    return [str(one.text_content()) for one in page.root.xpath("//main//section//h2")].index(heading)


def verify_phone(page: Page, simulators: Providers, phone: str = PHONE) -> Page:
    at = form_of(page, "手机短信")
    page = page.submit({"address": phone}, form=at, press=("act", "send"))
    return page.submit({"code": last_code(simulators, "sms", phone)}, form=at, press=("act", "check"))


def count(sessions: Sessions, table: type) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_firm_subscribes(client: TestClient, simulators: Providers, sessions: Sessions, rows: Rows) -> None:
    rows.policy("关于税费优惠的公告", targeting={"topics": ["E0301"]})
    page = verify_phone(to_channels(client), simulators)
    assert "已验证" in page.words
    assert "139****1111" in page.words
    assert PHONE not in page.text
    page = page.submit(form=3, press=("act", "on"))
    assert page.heading == "最后看一眼"
    assert "北京市海淀区" in page.words
    done = page.submit({"agree": "yes", "recommend": "yes"})
    assert done.heading == "订好了"
    assert "关于税费优惠的公告" in done.words
    with sessions() as session:
        made = session.scalars(select(Subscriber)).one()
        assert (made.kind, made.region, made.topics, made.channels) == (
            "enterprise",
            "110108",
            ["E0301", "E0403"],
            ["sms"],
        )
        assert made.profile == {"region": "110108", "legal_form": "company"}
        assert made.provenance["region"] == ["self", "2026-11-21"]
        contact = session.scalars(select(Contact)).one()
        assert (contact.state, contact.consented) == ("verified", True)
        lines = [
            (line.purpose, line.channel, line.granted, line.text_version) for line in session.scalars(select(Consent))
        ]
        assert lines == [("push", "sms", True, VERSION), ("recommend", "", True, VERSION)]
    assert open_page(client, "GET", "/mine").heading == "北京远山智能科技有限公司"


def test_a_person_subscribes_without_a_name_and_gets_topics_by_type(
    client: TestClient, simulators: Providers, sessions: Sessions
) -> None:
    page = open_page(client, "GET", "/subscribe", {"kind": "individual"})
    page = page.submit({"birth_date": "1950", "employment": "retired"})
    page = page.submit({"region": "330106"}, form=1)
    assert "老年人常选" in page.words
    page = page.submit({"topics": ["P0901"]})
    page = verify_phone(page, simulators)
    page = page.submit(form=3, press=("act", "on")).submit({"agree": "yes"})
    with sessions() as session:
        made = session.scalars(select(Subscriber)).one()
        assert (made.name, made.types) == ("", ["PT06"])
        assert not has_consent(session, made.id, purpose=Purpose.RECOMMEND)


def test_sending_the_last_form_twice_subscribes_once(
    client: TestClient, simulators: Providers, sessions: Sessions
) -> None:
    page = verify_phone(to_channels(client), simulators).submit(form=3, press=("act", "on"))
    for _ in range(2):
        assert page.submit({"agree": "yes"}).heading == "订好了"
    assert count(sessions, Subscriber) == 1


def test_back_and_forward_keep_the_input_and_steps_cannot_be_jumped(client: TestClient, simulators: Providers) -> None:
    assert open_page(client, "GET", "/subscribe/confirm").path == "/subscribe/who"
    to_channels(client)
    who = open_page(client, "GET", "/subscribe/who")
    assert who.root.xpath("//input[@name='code']/@value") == [CODE]
    topics = open_page(client, "GET", "/subscribe/topics")
    assert set(topics.root.xpath("//input[@checked]/@value")) == {"E0301", "E0403"}
    assert open_page(client, "GET", "/subscribe/confirm").path == "/subscribe/channels"
    assert open_page(client, "GET", "/subscribe").path == "/subscribe/channels"


def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(client: TestClient) -> None:
    page = open_page(client, "GET", "/subscribe", {"kind": "enterprise"})
    page = page.submit({"code": "91110108MA01A2B3C0", "name": "远山", "employees": "很多"})
    assert page.answer.status_code == 422
    assert [error.split("：")[0] for error in page.errors] == ["统一社会信用代码的校验位不对", "从业人数应为数字（人）"]
    assert page.root.xpath("//input[@name='name']/@value") == ["远山"]
    assert page.root.xpath("//input[@name='employees']/@value") == ["很多"]


def test_kind_is_asked_where_no_link_said_it(client: TestClient) -> None:
    page = open_page(client, "GET", "/subscribe")
    assert page.submit().errors == ["请先选择"]
    assert "统一社会信用代码" in page.submit({"kind": "enterprise"}).words


def test_a_topic_link_knows_the_kind_and_ticks_the_topic(client: TestClient) -> None:
    page = open_page(client, "GET", "/subscribe", {"topic": "P0501"})
    page = page.submit({}).submit({"region": "110000"}, form=1)
    assert page.root.xpath("//input[@checked]/@value") == ["P0501"]
    assert page.submit({"topics": []}).errors == ["请至少选一项"]


def test_places_by_level_and_by_name(client: TestClient) -> None:
    open_page(client, "GET", "/subscribe", {"kind": "individual"}).submit()
    provinces = open_page(client, "GET", "/subscribe/where")
    assert len(provinces.root.find_class("pick")) == 34
    beijing = open_page(client, "GET", "/subscribe/where", {"within": "110000"})
    assert len(beijing.root.find_class("pick")) == 16
    found = open_page(client, "GET", "/subscribe/where", {"q": "浙江 西湖"})
    assert [str(one.text_content()) for one in found.root.find_class("pick")] == ["浙江省杭州市西湖区"]
    assert "没有叫" in open_page(client, "GET", "/subscribe/where", {"q": "亚特兰蒂斯"}).words
    assert open_page(client, "POST", "/subscribe/where", {"region": "999999"}).answer.status_code == 422


def test_a_firm_subscribes_only_once(client: TestClient, simulators: Providers) -> None:
    page = verify_phone(to_channels(client), simulators).submit(form=3, press=("act", "on"))
    page.submit({"agree": "yes"})
    again = open_page(client, "GET", "/subscribe", {"kind": "enterprise"})
    assert again.path == "/subscribe/who"
    assert "已经订阅过" in again.submit({"code": CODE, "name": "远山"}).errors[0]


def test_without_agreeing_nothing_is_stored(client: TestClient, simulators: Providers, sessions: Sessions) -> None:
    page = verify_phone(to_channels(client), simulators).submit(form=3, press=("act", "on"))
    assert "勾选同意" in page.submit().errors[0]
    assert count(sessions, Subscriber) == 0


def test_codes_are_checked_a_few_times_and_sent_now_and_then(client: TestClient, simulators: Providers) -> None:
    page = to_channels(client)
    assert "手机号无效" in page.submit({"address": "123"}, press=("act", "send")).errors[0]
    page = page.submit({"address": PHONE}, press=("act", "send"))
    code = last_code(simulators, "sms", PHONE)
    for _ in range(5):
        refused = page.submit({"code": wrong(code)}, press=("act", "check"))
        assert refused.errors == ["验证码不对，请核对后再填"]
    assert "输错太多次" in page.submit({"code": code}, press=("act", "check")).errors[0]
    assert "已失效" in page.submit({"code": code}, press=("act", "check")).errors[0]
    fresh = page.submit(press=("act", "change"))
    assert "一分钟后" in fresh.submit({"address": PHONE}, press=("act", "send")).errors[0]
    assert len(simulators.world.list_accepted("sms")) == 1


def test_a_code_is_good_only_in_the_browser_it_was_for(client: TestClient, simulators: Providers) -> None:
    page = to_channels(client).submit({"address": PHONE}, press=("act", "send"))
    code = last_code(simulators, "sms", PHONE)
    client.cookies.clear()
    stranger = to_channels(client)
    assert (
        open_page(client, "POST", "/subscribe/channels", {"channel": "sms", "act": "check", "code": code}).path
        == stranger.path
    )
    assert "已验证" not in open_page(client, "GET", "/subscribe/channels").words
    assert page.path == "/subscribe/channels"


def test_mail_by_code_and_wechat_by_scan(
    client: TestClient, simulators: Providers, sessions: Sessions, redis: Redis, keys: Keys
) -> None:
    page = to_channels(client)
    at = form_of(page, "电子邮件")
    page = page.submit({"address": "Boss@Example.com"}, form=at, press=("act", "send"))
    page = page.submit({"code": last_code(simulators, "mail", "boss@example.com")}, form=at, press=("act", "check"))
    at = form_of(page, "微信")
    page = page.submit(form=at, press=("act", "wechat"))
    assert page.root.xpath("//figure//*[local-name()='svg']")
    waiting = page.submit(form=at, press=("act", "scan"))
    assert "还没有收到扫码" in waiting.words
    scene = next(key.decode().removeprefix("scene:") for key in redis.keys("scene:*"))
    answer_scene(redis, keys, scene, OPENID)
    page = page.submit(form=at, press=("act", "scan"))
    assert "已绑定" in page.words
    page.submit(form=3, press=("act", "on")).submit({"agree": "yes"})
    with sessions() as session:
        assert session.scalars(select(Subscriber)).one().channels == ["mail", "wechat"]


def test_the_provider_refusing_is_told(client: TestClient, simulators: Providers) -> None:
    page = to_channels(client)
    refused = page.submit({"address": "hard@example.com"}, form=form_of(page, "电子邮件"), press=("act", "send"))
    assert refused.answer.status_code == 422
    assert "没有发出去" in refused.errors[0]


def test_nothing_personal_lies_open_in_redis(client: TestClient, simulators: Providers, redis: Redis) -> None:
    verify_phone(to_channels(client), simulators)
    kept = b"".join((redis.get(key) or b"") + key for key in redis.keys("*") if redis.type(key) == b"string")
    for word in (PHONE, CODE, "远山", client.cookies["zhida_draft"]):
        assert word.encode() not in kept


# ---- the own page ----


def enter(client: TestClient, simulators: Providers, address: str = "13800000000") -> Page:
    page = open_page(client, "GET", "/mine")
    assert page.path == "/mine/enter"
    page = page.submit({"address": address}, press=("act", "send"))
    channel = "mail" if "@" in address else "sms"
    return page.submit({"code": last_code(simulators, channel, address)}, press=("act", "check"))


def test_signing_in_by_code(client: TestClient, simulators: Providers, rows: Rows) -> None:
    rows.subscriber()
    page = enter(client, simulators)
    assert page.path == "/mine"
    assert "138****0000" in page.words
    assert "13800000000" not in page.text
    assert open_page(client, "POST", "/mine/leave").path == "/"
    assert open_page(client, "GET", "/mine").path == "/mine/enter"


def test_nobody_learns_who_subscribes(client: TestClient, simulators: Providers, rows: Rows) -> None:
    rows.subscriber()
    pages = []
    for phone in ("13800000000", "13800009999"):
        page = open_page(client, "GET", "/mine/enter").submit({"address": phone}, press=("act", "send"))
        pages.append(page.words.replace(phone[-4:], ""))
        client.cookies.clear()
    assert pages[0] == pages[1]
    assert len(simulators.world.list_accepted("sms")) == 1


def test_a_shared_number_asks_which(client: TestClient, simulators: Providers, rows: Rows) -> None:
    rows.subscriber(name="甲公司")
    second = rows.subscriber(name="乙公司")
    page = enter(client, simulators)
    assert "甲公司" in page.words
    assert open_page(client, "POST", "/mine/enter", {"act": "choose", "subscriber": "999"}).path == "/mine/enter"
    page = enter(client, simulators, "boss@example.com")
    assert page.submit({"subscriber": str(second)}, press=("act", "choose")).heading == "乙公司"


OWN = ["/mine", "/mine/address/sms", "/mine/profile", "/mine/topics", "/mine/why", "/mine/export", "/mine/erase"]
ACTS = [
    "/mine/address/sms",
    "/mine/profile",
    "/mine/topics",
    "/mine/channels",
    "/mine/pace",
    "/mine/recommend",
    "/mine/digest-sms",
    "/mine/erase",
    "/mine/feedback",
]


def test_a_stranger_can_open_none_of_it(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    rows.subscriber()
    client.cookies.set("zhida_resident", "x" * 43)
    pace = {"daily": 1, "weekly": 1, "quiet_start": "20:00", "quiet_end": "08:00"}
    told = {"channel": "sms", "act": "stop", "sure": "yes", "delivery": 1, "kind": "done"}
    for path in OWN:
        assert client.get(path).headers["location"] == "/mine/enter"
    for path in ACTS:
        answer = client.post(path, data={**told, **pace})
        assert answer.headers["location"] == "/mine/enter", path
    with sessions() as session:
        assert session.scalars(select(Subscriber)).one().erased_at is None


@pytest.fixture
def me(client: TestClient, simulators: Providers, rows: Rows) -> int:
    """A subscriber who is signed in."""
    subscriber = rows.subscriber()
    enter(client, simulators)
    return subscriber


def get(sessions: Sessions, subscriber: int) -> Subscriber:
    with sessions() as session:
        return session.get_one(Subscriber, subscriber)


def test_history_with_reasons(client: TestClient, rows: Rows, me: int) -> None:
    rows.delivery(rows.policy("发过的政策"), me)
    rows.delivery(rows.policy("没发的政策"), me, state="suppressed", detail="超过接收频次，转入月报")
    page = open_page(client, "GET", "/mine")
    assert "发过的政策" in page.words
    assert "已送达" in page.words
    assert "您订阅了“中小微企业培育与纾困”" in page.words
    assert "超过接收频次，转入月报" in page.words


def test_facts_are_shown_with_their_source_and_corrected(client: TestClient, sessions: Sessions, me: int) -> None:
    with unit_of_work(sessions) as session:
        session.get_one(Subscriber, me).provenance = {
            "region": ["registry", "2026-01-02"],
            "founding_date": ["staff", "2026-01-03"],
        }
    page = open_page(client, "GET", "/mine")
    assert "登记机关，2026年1月2日" in page.words
    page = open_page(client, "GET", "/mine/profile")
    assert page.root.xpath("//input[@name='region']/@value") == ["北京市海淀区"]
    bad = page.submit({"employees": "很多", "region": "没有的地方"})
    assert (bad.answer.status_code, len(bad.errors)) == (422, 2)
    assert get(sessions, me).profile == {"region": "110108", "founding_date": "2020-05-01"}
    page.submit(
        {"employees": "30", "ownership": "private", "qualification": ["little-giant", "none"], "region": "杭州市西湖区"}
    )
    mine = get(sessions, me)
    assert mine.profile == {
        "region": "330106",
        "founding_date": "2020-05-01",
        "employees": 30,
        "ownership": "private",
        "qualification": ["little-giant"],
    }
    assert mine.region == "330106"
    assert {"ET02", "ET06"} <= set(mine.types)
    assert mine.provenance["founding_date"] == ["staff", "2026-01-03"]
    assert mine.provenance["region"] == ["self", "2026-11-21"]


def test_topics_channels_pace_and_recommendation(client: TestClient, sessions: Sessions, me: int) -> None:
    open_page(client, "GET", "/mine/topics").submit({"topics": ["E0101", "X"]})
    assert get(sessions, me).topics == ["E0101"]
    for act, held in (("stop", False), ("stop", False), ("resume", True)):
        client.post("/mine/channels", data={"channel": "sms", "act": act})
        with sessions() as session:
            assert session.get_one(Contact, (me, "sms")).consented is held
    client.post("/mine/channels", data={"channel": "sms", "act": "first"})
    assert get(sessions, me).channels == ["sms", "mail"]
    assert client.post("/mine/channels", data={"channel": "wechat", "act": "stop"}).status_code == 422
    pace = {"daily": "1", "weekly": "3", "quiet_start": "20:30", "quiet_end": "09:00"}
    client.post("/mine/pace", data=pace)
    assert client.post("/mine/pace", data={**pace, "daily": "-1"}).status_code == 422
    mine = get(sessions, me)
    assert (mine.daily_cap, mine.weekly_cap, str(mine.quiet_start)) == (1, 3, "20:30:00")
    for wanted, held in (("", False), ("", False), ("yes", True)):
        client.post("/mine/recommend", data={"wanted": wanted})
        with sessions() as session:
            assert has_consent(session, me, purpose=Purpose.RECOMMEND) is held


def test_the_digest_by_sms_is_asked_for(client: TestClient, sessions: Sessions, me: int) -> None:
    for wanted in (True, True, False):
        page = open_page(client, "GET", "/mine")
        client.post("/mine/digest-sms", data={"wanted": "yes" if wanted else ""})
        with sessions() as session:
            assert wants_digest_by_sms(session, me) is wanted
        assert ("不用短信收月报" in open_page(client, "GET", "/mine").words) is wanted
    assert "用短信收月报" in page.words
    client.post("/mine/channels", data={"channel": "sms", "act": "stop"})
    with unit_of_work(sessions) as session:
        session.delete(session.get_one(Contact, (me, "sms")))
    assert "用短信收月报" not in open_page(client, "GET", "/mine").words
    assert client.post("/mine/digest-sms", data={"wanted": "yes"}).status_code == 422


def test_why_a_policy_did_not_come(client: TestClient, rows: Rows, me: int) -> None:
    rows.policy("只给杭州的政策", targeting={"region": "330100", "conditions": {"all": []}})
    rows.policy("没有核对过的政策", targeting=None)
    page = open_page(client, "GET", "/mine/why", {"q": "只给杭州"})
    assert "不符合" in page.words
    assert "浙江省杭州市" in page.words
    assert "还没有经过核对" in open_page(client, "GET", "/mine/why", {"q": "没有核对过"}).words
    assert "没有找到" in open_page(client, "GET", "/mine/why", {"q": "火星移民"}).words


def test_where_several_policies_may_be_meant_one_is_chosen(client: TestClient, rows: Rows, me: int) -> None:
    first, second = rows.policy("求职补贴的通知"), rows.policy("求职补贴的解读")
    page = open_page(client, "GET", "/mine/why", {"q": "求职补贴"})
    assert "您说的是哪一份" in page.words
    offered = page.root.xpath("//main//a[contains(@href, '/mine/why')]/@href")
    assert set(offered) == {f"/mine/why?q={first}", f"/mine/why?q={second}"}
    assert "求职补贴的通知" in open_page(client, "GET", f"/mine/why?q={first}").words


def test_one_tap_on_the_own_page_is_kept_once(client: TestClient, rows: Rows, sessions: Sessions, me: int) -> None:
    policy, other = rows.policy(), rows.subscriber()
    mine, not_mine = rows.delivery(policy, me), rows.delivery(rows.policy(), other)
    digest = rows.digest([(policy, "关于支持中小企业的若干措施")], me)
    page = open_page(client, "GET", "/mine")
    assert "政策月报" in page.words
    form = next(n for n, one in enumerate(page.root.xpath("//main//form")) if one.action == "/mine/feedback")
    for _ in range(2):
        after = page.submit(form=form, press=("kind", "not_for_me"))
        assert "已记下：与我无关" in after.words
    after = after.submit(form=form, press=("kind", "wrong_data"))
    assert after.root.xpath("//form[@action='/mine/feedback']//a/@href") == ["/mine/profile"]
    for told in ({"delivery": not_mine, "kind": "not_for_me"}, {"delivery": digest, "kind": "not_for_me"}):
        assert client.post("/mine/feedback", data=told).status_code == 422
    assert client.post("/mine/feedback", data={"delivery": mine, "kind": "opened"}).status_code == 422
    with sessions() as session:
        kept = session.scalars(select(Engagement).order_by(Engagement.id)).all()
        assert [(one.delivery_id, one.kind) for one in kept] == [(mine, "not_for_me"), (mine, "wrong_data")]


def test_export_and_erase(client: TestClient, sessions: Sessions, me: int) -> None:
    copy = client.get("/mine/export")
    assert "attachment" in copy.headers["content-disposition"]
    assert "13800000000" in str(copy.json())
    page = open_page(client, "GET", "/mine/erase")
    assert page.submit().errors == ["要删除，请先勾选"]
    assert page.submit({"sure": "yes"}).heading == "已经删除"
    assert get(sessions, me).erased_at is not None
    assert open_page(client, "GET", "/mine").path == "/mine/enter"


def test_messages_are_in_the_copy_and_their_reasons_are_erased(
    client: TestClient, sessions: Sessions, rows: Rows, me: int
) -> None:
    delivery = rows.delivery(rows.policy(), me, reasons=["您的年龄：33 周岁"])
    [message] = client.get("/mine/export").json()["messages"]
    assert message["reasons"] == ["您的年龄：33 周岁"]
    client.post("/mine/erase", data={"sure": "yes"})
    with sessions() as session:
        kept = session.scalars(select(Delivery).where(Delivery.id == delivery)).one()
    assert (kept.reasons, kept.channel, kept.state) == ([], message["channel"], message["state"])


def test_who_erased_may_subscribe_again(client: TestClient, simulators: Providers, sessions: Sessions, me: int) -> None:
    client.post("/mine/erase", data={"sure": "yes"})
    simulators.world.reset()
    page = open_page(client, "GET", "/subscribe", {"kind": "individual"}).submit().submit({"region": "110108"}, form=1)
    page = page.submit({"topics": ["P0301"]})
    page = page.submit({"address": "13800001234"}, press=("act", "send"))
    page = page.submit({"code": last_code(simulators, "sms", "13800001234")}, press=("act", "check"))
    page.submit(form=3, press=("act", "on")).submit({"agree": "yes"})
    with sessions() as session:
        assert session.scalars(select(Contact.consented)).all() == [True]


def test_information_pages(client: TestClient) -> None:
    assert VERSION in open_page(client, "GET", "/privacy").words
    assert open_page(client, "GET", "/help").heading == "帮助"


def test_the_check_does_not_ask_what_is_in_the_profile(client: TestClient, rows: Rows, me: int) -> None:
    policy = rows.policy()
    page = open_page(client, "GET", f"/p/{policy}/check")
    assert page.root.xpath("//input[@name='asked']/@value") == ["credit_clean"]
    assert "您资料里有的就不再问" in page.words
    assert page.submit({"answer": "yes"}).heading == "符合"
    client.post("/mine/leave")
    assert "您资料里有的" not in open_page(client, "GET", f"/p/{policy}/check").words


def test_an_address_is_changed_and_another_added(
    client: TestClient, simulators: Providers, sessions: Sessions, redis: Redis, keys: Keys, me: int
) -> None:
    page = open_page(client, "GET", "/mine/address/sms")
    assert "手机号无效" in page.submit({"address": "1"}, press=("act", "send")).errors[0]
    page = page.submit({"address": PHONE}, press=("act", "send"))
    code = last_code(simulators, "sms", PHONE)
    assert page.submit({"code": wrong(code)}, press=("act", "check")).errors == ["验证码不对，请核对后再填"]
    assert "139****1111" in page.submit({"code": code}, press=("act", "check")).words
    [told, _] = simulators.world.list_accepted("sms", PHONE)
    assert "您的手机号已和账号绑定" in told["content"]["text"]
    simulators.wechat.followers[OPENID] = Follower()
    simulators.wechat.followers[OPENID].open_window("SCAN", simulators.world.now())
    page = open_page(client, "GET", "/mine/address/wechat")
    assert "还没有收到扫码" in page.submit(press=("act", "scan")).errors[0]
    scene = next(key.decode().removeprefix("scene:") for key in redis.keys("scene:*"))
    answer_scene(redis, keys, scene, OPENID)
    assert page.submit(press=("act", "scan")).path == "/mine"
    assert "微信绑定好了" in simulators.world.list_accepted("wechat_answer", OPENID)[0]["content"]["text"]
    assert get(sessions, me).channels == ["mail", "sms", "wechat"]
    with sessions() as session:
        assert session.get_one(Contact, (me, "wechat")).consented
    assert client.get("/mine/address/pigeon").status_code == 404


def test_a_code_sent_for_one_channel_proves_no_other(client: TestClient, simulators: Providers, me: int) -> None:
    page = open_page(client, "GET", "/mine/address/sms").submit({"address": PHONE}, press=("act", "send"))
    code = last_code(simulators, "sms", PHONE)
    other = open_page(client, "POST", "/mine/address/mail", {"act": "check", "code": code})
    assert "电子邮箱" in other.words
    assert page.path == "/mine/address/sms"


def test_a_subscriber_adds_a_topic_by_its_link(client: TestClient, sessions: Sessions, me: int) -> None:
    page = open_page(client, "GET", "/subscribe", {"topic": "P0501"})
    assert page.path == "/mine/topics"
    page.submit()
    assert set(get(sessions, me).topics) == {"E0407", "E0402", "P0501"}


def test_codes_do_not_go_to_a_list_of_strangers(client: TestClient, simulators: Providers) -> None:
    to_channels(client)
    answers = [
        open_page(client, "POST", "/subscribe/channels", {"channel": "sms", "act": "send", "address": f"139{n:08d}"})
        for n in range(31)
    ]
    assert [answer.errors for answer in answers[:30]] == [[]] * 30
    assert "一小时后" in answers[30].words
    assert len(simulators.world.list_accepted("sms")) == 30


def test_where_wechat_is_away_the_other_ways_stay(
    settings: Settings, sessions: Sessions, redis: Redis, simulators: Providers
) -> None:
    away = settings.model_copy(update={"wechat_base_url": "http://127.0.0.1:1"})
    with TestClient(create_app(away, sessions, redis, lambda: NOW), follow_redirects=False) as client:
        page = to_channels(client)
        refused = page.submit(form=form_of(page, "微信"), press=("act", "wechat"))
        assert "微信暂时连不上" in refused.words
        assert "已验证" in verify_phone(refused, simulators).words


def test_a_firm_that_came_first_in_another_browser_wins(
    client: TestClient, simulators: Providers, sessions: Sessions, rows: Rows, keys: Keys
) -> None:
    page = verify_phone(to_channels(client), simulators).submit(form=3, press=("act", "on"))
    rows.subscriber(credit_code_index=keys.blind_index("credit_code", CODE))
    assert "已经订阅过" in page.submit({"agree": "yes"}).errors[0]
    assert count(sessions, Subscriber) == 1


def test_without_any_proven_address_there_is_no_going_on(client: TestClient, simulators: Providers) -> None:
    page = to_channels(client)
    assert "至少验证一种" in page.submit(form=3, press=("act", "on")).words
    page = verify_phone(page, simulators)
    page = page.submit(form=form_of(page, "手机短信"), press=("act", "change"))
    assert "至少验证一种" in page.submit(form=3, press=("act", "on")).words


def test_places_are_found_by_one_name_only() -> None:
    assert find_place(VOCABULARY, "110108") == "110108"
    assert find_place(VOCABULARY, " 北京市海淀区 ") == "110108"
    assert [region.name for region in list_path(VOCABULARY, "110108")] == ["北京市", "海淀区"]
    with pytest.raises(InputError, match="没有这个地方"):
        find_place(VOCABULARY, "亚特兰蒂斯")
    with pytest.raises(InputError, match="有几个"):
        find_place(VOCABULARY, "朝阳区")
