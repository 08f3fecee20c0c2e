"""One contract over all senders: every result of every provider comes out in the one list of classes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from redis import Redis

from channels.message import Channel, Message, SmsContent, WeChatContent, WeChatKind
from channels.outcome import OutcomeClass
from channels.registry import make_senders
from channels.sender import LooksUp, Sender
from channels.simulators.providers import Providers
from channels.simulators.wechat import Follower
from channels.simulators.world import Fault
from core.clock import local_date
from core.errors import ZhidaError
from core.settings import Settings
from tests.channels.samples import ADDRESSES, message

Senders = dict[Channel, Sender]


@dataclass(frozen=True)
class Case:
    """Something that a provider does, and the class it must become."""

    channel: Channel
    cls: OutcomeClass
    name: str
    prepare: Callable[[Providers], object] = lambda simulators: None
    address: str = ""
    change: Callable[[Message], Message] = lambda message: message
    tencent: bool = False


def fault(endpoint: str, action: str, **more: object) -> Callable[[Providers], object]:
    return lambda simulators: simulators.world.faults.append(Fault(endpoint, action, **more))  # type: ignore[arg-type] # words of a table


def errcode(code: int) -> Callable[[Providers], object]:
    return fault("wechat.template", "json", body={"errcode": code, "errmsg": "no rid: 1a2b"}, count=None)


def aliyun(code: str, status: int = 200, text: str = "不行") -> Callable[[Providers], object]:
    return fault(
        "aliyun.send", "json", status=status, body={"Code": code, "Message": text, "RequestId": "1"}, count=None
    )


def tencent(code: str) -> Callable[[Providers], object]:
    """The whole call is refused."""
    error = {"Response": {"Error": {"Code": code, "Message": "不行"}, "RequestId": "1"}}
    return fault("tencent.send", "json", body=error, count=None)


def follower(**state: object) -> Callable[[Providers], object]:
    person = Follower(**state)  # type: ignore[arg-type] # words of a table
    return lambda simulators: simulators.wechat.followers.update({ADDRESSES[Channel.WECHAT]: person})


def other_kind(kind: WeChatKind) -> Callable[[Message], Message]:
    def change(one: Message) -> Message:
        assert isinstance(one.content, WeChatContent)
        return replace(one, content=replace(one.content, kind=kind))

    return change


def registered_notice(simulators: Providers) -> None:
    simulators.wechat.notices["TPL-POLICY"] = ["thing1"]


def closed_account(simulators: Providers) -> None:
    simulators.wechat.open = False


def template_unknown(one: Message) -> Message:
    assert isinstance(one.content, WeChatContent)
    return replace(one, content=replace(one.content, template_id="TPL-NONE"))


def sms(**more: object) -> Callable[[Message], Message]:
    def change(one: Message) -> Message:
        assert isinstance(one.content, SmsContent)
        return replace(one, content=replace(one.content, **more))  # type: ignore[arg-type] # words of a table

    return change


WECHAT, SMS, MAIL = Channel.WECHAT, Channel.SMS, Channel.MAIL
C = OutcomeClass

CASES = [
    Case(WECHAT, C.OK, "taken"),
    Case(
        WECHAT,
        C.OK,
        "long-term notice",
        lambda s: (registered_notice(s), follower(grants={"TPL-POLICY": -1})(s)),
        change=other_kind(WeChatKind.LONG_TERM),
    ),
    Case(WECHAT, C.TEMP, "busy", errcode(-1)),
    Case(WECHAT, C.CONFIG, "token refused again and again", errcode(40001)),
    Case(WECHAT, C.RATE_MIN, "minute limit", lambda s: s.wechat.minute_limits.update(template=0)),
    Case(WECHAT, C.RATE_DAY, "day limit", lambda s: s.wechat.limits.update(template=0)),
    Case(WECHAT, C.RECIPIENT_TEMP, "43004 for one who follows", errcode(43004)),
    Case(WECHAT, C.RECIPIENT_TEMP, "40003 for one who follows", errcode(40003)),
    Case(WECHAT, C.RECIPIENT_PERM, "no such openid", closed_account),
    Case(WECHAT, C.RECIPIENT_PERM, "left the account", follower(follows=False)),
    Case(WECHAT, C.OPT_OUT, "rejects messages", follower(rejects=True)),
    Case(
        WECHAT,
        C.OPT_OUT,
        "long-term grant withdrawn",
        lambda s: (registered_notice(s), follower()(s)),
        change=other_kind(WeChatKind.LONG_TERM),
    ),
    Case(
        WECHAT,
        C.WINDOW,
        "one-off grant used up",
        lambda s: (registered_notice(s), follower()(s)),
        change=other_kind(WeChatKind.ONE_OFF),
    ),
    Case(WECHAT, C.CONTENT, "no such template", change=template_unknown),
    Case(WECHAT, C.CONTENT, "unknown code", errcode(999_999)),
    Case(WECHAT, C.CONFIG, "not authorised", errcode(48001)),
    Case(WECHAT, C.CONFIG, "template blocked", errcode(40249)),
    Case(WECHAT, C.AMBIGUOUS, "page of a gateway", fault("wechat.template", "http")),
    Case(WECHAT, C.AMBIGUOUS, "200 without JSON", fault("wechat.template", "text")),
    Case(WECHAT, C.AMBIGUOUS, "cut after taking", fault("wechat.template", "reset", when="after")),
    Case(WECHAT, C.CONFIG, "forbidden by a gateway", fault("wechat.template", "http", status=403)),
    Case(SMS, C.OK, "taken"),
    Case(SMS, C.TEMP, "their trouble", aliyun("isp.SYSTEM_ERROR")),
    Case(SMS, C.TEMP, "their gateway's trouble", aliyun("UnlistedTrouble", 503)),
    Case(SMS, C.RATE_MIN, "throttled", aliyun("Throttling.User", 400)),
    Case(SMS, C.RATE_MIN, "number's minute", aliyun("isv.BUSINESS_LIMIT_CONTROL", text="触发分钟级流控Permits:1")),
    Case(SMS, C.RATE_DAY, "number's day", lambda s: setattr(s.aliyun, "per_number_day", 0)),
    Case(SMS, C.RATE_DAY, "account's day", aliyun("isv.DAY_LIMIT_CONTROL")),
    Case(SMS, C.RECIPIENT_PERM, "no number", address="12345678901"),
    Case(SMS, C.OPT_OUT, "refused before", lambda s: s.aliyun.refused.add(ADDRESSES[SMS])),
    Case(SMS, C.CONTENT, "no such template", change=sms(template_code="SMS_NONE")),
    Case(SMS, C.CONTENT, "no such sign", change=sms(sign_name="别家")),
    Case(SMS, C.CONTENT, "web address in a variable", change=sms(params={"title": "看 https://a.example"})),
    Case(SMS, C.CONTENT, "variable missing", change=sms(params={"title": "贴息"})),
    Case(SMS, C.CONFIG, "no money", aliyun("isv.AMOUNT_NOT_ENOUGH")),
    Case(SMS, C.CONFIG, "key refused", aliyun("InvalidAccessKeyId.NotFound", 404)),
    Case(SMS, C.AMBIGUOUS, "cut after taking", fault("aliyun.send", "reset", when="after")),
    Case(SMS, C.AMBIGUOUS, "page of a gateway", fault("aliyun.send", "http")),
    Case(SMS, C.AMBIGUOUS, "200 without JSON", fault("aliyun.send", "text")),
    Case(SMS, C.OK, "taken", tencent=True),
    Case(SMS, C.TEMP, "their trouble", tencent("InternalError.Timeout"), tencent=True),
    Case(SMS, C.RATE_MIN, "throttled", tencent("RequestLimitExceeded.UinLimitExceeded"), tencent=True),
    Case(SMS, C.RATE_DAY, "number's day", lambda s: setattr(s.tencent, "per_number_day", 0), tencent=True),
    Case(SMS, C.RATE_DAY, "account's day", tencent("LimitExceeded.AppDailyLimit"), tencent=True),
    Case(SMS, C.RECIPIENT_PERM, "no number", address="12345678901", tencent=True),
    Case(SMS, C.OPT_OUT, "refused before", lambda s: s.tencent.refused.add(ADDRESSES[SMS]), tencent=True),
    Case(SMS, C.WINDOW, "only by day", tencent("FailedOperation.MarketingSendTimeConstraint"), tencent=True),
    Case(SMS, C.CONTENT, "no such template", change=sms(template_code="0"), tencent=True),
    Case(SMS, C.CONTENT, "no such sign", change=sms(sign_name="别家"), tencent=True),
    Case(SMS, C.CONTENT, "variable missing", change=sms(params={"title": "贴息"}), tencent=True),
    Case(SMS, C.CONTENT, "web address in a variable", change=sms(params={"title": "www.a.cn"}), tencent=True),
    Case(SMS, C.CONFIG, "no money", tencent("FailedOperation.InsufficientBalanceInSmsPackage"), tencent=True),
    Case(SMS, C.CONFIG, "not allowed", tencent("UnauthorizedOperation.RequestIpNotInWhitelist"), tencent=True),
    Case(SMS, C.AMBIGUOUS, "cut after taking", fault("tencent.send", "reset", when="after"), tencent=True),
    Case(SMS, C.AMBIGUOUS, "page of a gateway", fault("tencent.send", "http"), tencent=True),
    Case(SMS, C.AMBIGUOUS, "200 without JSON", fault("tencent.send", "text"), tencent=True),
    Case(MAIL, C.OK, "taken"),
    Case(MAIL, C.TEMP, "greylisted", address="soft@mail.example"),
    Case(MAIL, C.TEMP, "cut before the text", address="cut@mail.example"),
    Case(MAIL, C.RATE_MIN, "QQ's frequency", address="qqfreq@qq.example"),
    Case(MAIL, C.RECIPIENT_TEMP, "full", address="full@mail.example"),
    Case(MAIL, C.RECIPIENT_PERM, "unknown", address="hard@mail.example"),
    Case(MAIL, C.RECIPIENT_PERM, "QQ's unknown", address="qqgone@qq.example"),
    Case(MAIL, C.CONTENT, "taken for spam", address="spam@163.example"),
    Case(MAIL, C.CONTENT, "not one address", address="a@b.example>,<c@d.example"),
    Case(MAIL, C.CONFIG, "SPF", address="spf@mail.example"),
    Case(MAIL, C.AMBIGUOUS, "cut after taking", address="drop@mail.example"),
]


def name_of(case: Case) -> str:
    return f"{'tencent' if case.tencent else case.channel}-{case.cls}-{case.name}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_each_result_has_its_class(case: Case, senders: Senders, tencent_sender: Sender, simulators: Providers) -> None:
    case.prepare(simulators)
    sent = case.change(message(case.channel, address=case.address))

    outcome = (tencent_sender if case.tencent else senders[case.channel]).send(sent)

    assert outcome.cls is case.cls, outcome
    assert sent.address not in repr(outcome)
    assert outcome.code
    assert bool(outcome.detail) != outcome.accepted
    if outcome.accepted and "notice" not in case.name:
        assert outcome.provider_id == simulators.world.accepted[-1].provider_id
    assert simulators.world.counts[case.channel] == (outcome.accepted or "after taking" in case.name)


def test_every_class_that_a_channel_can_have_is_provoked() -> None:
    seen = {(case.channel, case.cls) for case in CASES}
    never = {
        (WECHAT, C.TOKEN), (SMS, C.TOKEN), (MAIL, C.TOKEN),  # refreshed within the sender
        (WECHAT, C.DUP), (SMS, C.DUP), (MAIL, C.DUP),  # see test_repeats; the others know no repeats
        (SMS, C.RECIPIENT_TEMP),  # told by receipts only
        (MAIL, C.OPT_OUT), (MAIL, C.WINDOW), (MAIL, C.RATE_DAY),  # complaints come as receipts
    }  # fmt: skip
    assert seen | never == {(channel, cls) for channel in Channel for cls in OutcomeClass}


@pytest.mark.parametrize("channel", Channel)
def test_nothing_listens(channel: Channel, redis: Redis, simulators: Providers) -> None:
    deaf = Settings(_env_file=None, simulator_port=9, simulator_smtp_port=9)
    outcome = make_senders(deaf, redis)[channel].send(message(channel))
    assert outcome.cls is OutcomeClass.TEMP


@pytest.mark.parametrize("channel", Channel)
def test_a_closed_sender_connects_anew(channel: Channel, senders: Senders, simulators: Providers) -> None:
    for key in ("first", "second"):
        assert senders[channel].send(message(channel, key)).accepted
        senders[channel].close()
    assert simulators.world.counts[channel] == 2


def doubles(simulators: Providers) -> tuple[int, int]:
    found = simulators.world.invariants()
    return found["same_key"], found["same_text"]


@pytest.mark.parametrize(("answers", "cls"), [("ok", OutcomeClass.OK), ("error", OutcomeClass.DUP)])
def test_wechat_knows_a_repeat_for_ten_minutes(
    answers: str, cls: OutcomeClass, senders: Senders, simulators: Providers
) -> None:
    simulators.wechat.repeat_answers = answers
    simulators.world.faults.append(Fault("wechat.template", "reset", when="after"))
    assert senders[WECHAT].send(message(WECHAT)).cls is OutcomeClass.AMBIGUOUS
    assert senders[WECHAT].send(message(WECHAT)).cls is cls
    assert simulators.world.counts[WECHAT] == 1
    simulators.world.advance(601)
    assert senders[WECHAT].send(message(WECHAT)).cls is OutcomeClass.OK
    assert doubles(simulators) == (1, 1)


def test_a_repeated_mail_has_the_same_message_id(senders: Senders, simulators: Providers) -> None:
    for _ in range(2):
        senders[MAIL].send(message(MAIL, address="drop@mail.example"))
    assert len({one.key for one in simulators.world.accepted}) == 1


def test_a_server_that_hung_up_on_a_resting_line_costs_nothing(senders: Senders, simulators: Providers) -> None:
    assert senders[MAIL].send(message(MAIL, "first")).accepted
    simulators.world.faults.append(Fault("smtp.rcpt", "reset"))
    assert senders[MAIL].send(message(MAIL, "second")).accepted
    assert simulators.world.counts[MAIL] == 2


def test_limits_of_one_number_are_told_apart_from_those_of_the_account(senders: Senders, simulators: Providers) -> None:
    simulators.aliyun.per_number_day = 0
    assert senders[SMS].send(message(SMS)).personal
    simulators.wechat.limits["template"] = 0
    assert not senders[WECHAT].send(message(WECHAT)).personal
    assert senders[MAIL].send(message(MAIL, address="qqfreq@qq.example")).personal
    simulators.wechat.limits.clear()
    errcode(40249)(simulators)
    assert senders[WECHAT].send(message(WECHAT)).personal


class TestSharedSms:
    """Two providers behind one sender."""

    @pytest.fixture
    def shared(self, settings: Settings, redis: Redis) -> Sender:
        both = settings.model_copy(update={"sms_weights": {"aliyun": 3, "tencent": 1}})
        return make_senders(both, redis)[SMS]

    def test_they_share_by_weight_and_a_repeat_goes_the_same_way(self, shared: Sender, simulators: Providers) -> None:
        keys = [f"key{n}" for n in range(80)]
        first = [shared.send(message(SMS, key, f"138{n:08d}")).provider for n, key in enumerate(keys)]
        simulators.world.advance(60)
        again = [shared.send(message(SMS, key, f"138{n:08d}")).provider for n, key in enumerate(keys)]
        assert first == again
        assert 45 <= first.count("aliyun") <= 75
        assert {one.provider for one in simulators.world.accepted} == {"aliyun", "tencent"}

    @pytest.mark.parametrize("code", ["isp.SYSTEM_ERROR", "isv.AMOUNT_NOT_ENOUGH", "isv.DAY_LIMIT_CONTROL"])
    def test_one_stands_in_for_the_other(self, code: str, shared: Sender, simulators: Providers) -> None:
        aliyun(code)(simulators)
        outcomes = [shared.send(message(SMS, f"k{n}", f"138{n:08d}")) for n in range(8)]
        assert {(outcome.cls, outcome.provider) for outcome in outcomes} == {(C.OK, "tencent")}

    @pytest.mark.parametrize(
        ("prepare", "cls"),
        [
            (fault("*", "reset", when="after"), C.AMBIGUOUS),
            (lambda s: [one.refused.add(ADDRESSES[SMS]) for one in (s.aliyun, s.tencent)], C.OPT_OUT),
        ],
    )
    def test_what_might_have_arrived_or_is_the_persons_wish_is_not_tried_elsewhere(
        self, prepare: Callable[[Providers], object], cls: OutcomeClass, shared: Sender, simulators: Providers
    ) -> None:
        prepare(simulators)
        assert shared.send(message(SMS)).cls is cls
        assert sum(simulators.world.calls.values()) == 1
        shared.close()

    def test_none_at_all_is_told(self, settings: Settings, redis: Redis) -> None:
        with pytest.raises(ZhidaError, match="ZHIDA_SMS_WEIGHTS"):
            make_senders(settings.model_copy(update={"sms_weights": {"aliyun": 0}}), redis)


class TestLookUp:
    """After silence the SMS providers are asked what they have under our key."""

    @pytest.fixture(params=["aliyun", "tencent", "both"])
    def sender(self, request: pytest.FixtureRequest, settings: Settings, redis: Redis, simulators: Providers) -> Sender:
        names = ("aliyun", "tencent") if request.param == "both" else (request.param,)
        return make_senders(settings.model_copy(update={"sms_weights": dict.fromkeys(names, 1)}), redis)[SMS]

    def today(self, simulators: Providers) -> date:
        return local_date(datetime.fromtimestamp(simulators.world.now(), UTC))

    def test_what_was_taken_before_the_silence_is_found(self, sender: Sender, simulators: Providers) -> None:
        assert isinstance(sender, LooksUp)
        simulators.world.faults.append(Fault("*", "reset", when="after"))
        assert sender.send(message(SMS, "k1")).cls is C.AMBIGUOUS
        found = sender.look_up(ADDRESSES[SMS], "k1", self.today(simulators))
        assert found is not None
        assert found.accepted
        assert sender.look_up(ADDRESSES[SMS], "k2", self.today(simulators)) is None

    def test_what_never_arrived_there_is_not(self, sender: Sender, simulators: Providers) -> None:
        assert isinstance(sender, LooksUp)
        simulators.world.faults.append(Fault("*", "reset"))
        assert sender.send(message(SMS, "k1")).cls is C.AMBIGUOUS
        assert sender.look_up(ADDRESSES[SMS], "k1", self.today(simulators)) is None

    def test_a_failure_is_told(self, sender: Sender, simulators: Providers) -> None:
        assert isinstance(sender, LooksUp)
        assert sender.send(message(SMS, "k1", "13812340002")).accepted
        found = sender.look_up("13812340002", "k1", self.today(simulators))
        assert found is not None
        assert found.cls is C.RECIPIENT_TEMP

    @pytest.mark.parametrize("action", ["reset", "http", "text", "json"])
    def test_trouble_leaves_it_open(self, action: str, sender: Sender, simulators: Providers) -> None:
        assert isinstance(sender, LooksUp)
        error = {
            "Code": "X",
            "Message": "13812345678",
            "Response": {"Error": {"Code": "X.Y", "Message": ""}, "RequestId": "1"},
        }
        simulators.world.faults.append(Fault("*", action, count=None, body=error))  # type: ignore[arg-type] # words of a table
        found = sender.look_up(ADDRESSES[SMS], "k1", self.today(simulators))
        assert found is not None
        assert found.cls is C.AMBIGUOUS
        assert ADDRESSES[SMS] not in repr(found)
