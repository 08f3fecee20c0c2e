"""The simulators are as strict as the real ones, and can be steered."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.registry import SIMULATED_APPID, SIMULATED_KEY_ID, SIMULATED_SECRET
from channels.sender import Sender
from channels.simulators.providers import Providers
from channels.simulators.request import Call
from channels.simulators.serve import serve
from channels.simulators.signatures import acs3_signature
from channels.simulators.world import World
from channels.sms.aliyun import AliyunSender
from channels.sms.tencent import TencentSender
from core.errors import ZhidaError
from tests.channels.samples import ADDRESSES, message

THING = {name: {"value": "好"} for name in ("thing1", "thing2", "thing3", "thing4", "thing5")}


@pytest.fixture
def http(simulators: Providers, base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url) as client:
        yield client


def stable_token(http: httpx.Client, force: bool = False) -> dict[str, Any]:
    body = {"grant_type": "client_credential", "appid": SIMULATED_APPID, "secret": SIMULATED_SECRET}
    answer: dict[str, Any] = http.post("/cgi-bin/stable_token", json={**body, "force_refresh": force}).json()
    return answer


def send(http: httpx.Client, token: str, **body: Any) -> dict[str, Any]:
    whole = {"touser": "sim-1", "template_id": "TPL-POLICY", "data": THING, **body}
    text = json.dumps(whole, ensure_ascii=False).encode()
    answer: dict[str, Any] = http.post(
        "/cgi-bin/message/template/send", params={"access_token": token}, content=text
    ).json()
    return answer


class TestWeChat:
    def test_a_stable_token_stays_the_same_until_its_last_five_minutes(
        self, http: httpx.Client, simulators: Providers
    ) -> None:
        first = stable_token(http)
        simulators.world.advance(6000)
        second = stable_token(http)
        assert second["access_token"] == first["access_token"]
        assert 1190 <= second["expires_in"] <= 1200
        simulators.world.advance(1000)
        third = stable_token(http)
        assert third["access_token"] != first["access_token"]
        assert send(http, first["access_token"])["errcode"] == 0
        simulators.world.advance(301)
        assert send(http, first["access_token"])["errcode"] == 42001
        assert send(http, third["access_token"])["errcode"] == 0

    def test_force_kills_the_old_token_and_has_its_limits(self, http: httpx.Client, simulators: Providers) -> None:
        old = stable_token(http)["access_token"]
        assert stable_token(http, force=True)["access_token"] != old
        assert send(http, old)["errcode"] == 42001
        assert stable_token(http, force=True)["errcode"] == 45009
        for _ in range(19):
            simulators.world.advance(31)
            assert "access_token" in stable_token(http, force=True)
        simulators.world.advance(31)
        assert stable_token(http, force=True)["errcode"] == 45009

    def test_the_plain_token_has_its_own_line(self, http: httpx.Client) -> None:
        stable = stable_token(http)["access_token"]
        query = {"grant_type": "client_credential", "appid": SIMULATED_APPID, "secret": SIMULATED_SECRET}
        plain = [http.get("/cgi-bin/token", params=query).json()["access_token"] for _ in range(2)]
        assert len({stable, *plain}) == 3
        assert [send(http, token)["errcode"] for token in (stable, *plain)] == [0, 0, 0]

    @pytest.mark.parametrize(
        ("appid", "secret", "code"), [("wx-other", SIMULATED_SECRET, 40013), (SIMULATED_APPID, "no", 40125)]
    )
    def test_the_secret_is_checked(self, http: httpx.Client, appid: str, secret: str, code: int) -> None:
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret}
        assert http.post("/cgi-bin/stable_token", json=body).json()["errcode"] == code

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({}, 0),
            ({"touser": "nobody"}, 40003),
            ({"template_id": "TPL-NONE"}, 40037),
            ({"data": {**THING, "thing1": {"value": ""}}}, 47003),
            ({"data": {**THING, "thing1": {"value": "字" * 21}}}, 47003),
            ({"data": {"thing1": {"value": "好"}}}, 47003),
            ({"data": "好"}, 47003),
        ],
    )
    def test_a_message_is_checked(self, http: httpx.Client, change: dict[str, Any], code: int) -> None:
        answer = send(http, stable_token(http)["access_token"], **change)
        assert answer["errcode"] == code
        assert code == 0 or " rid: " in answer["errmsg"]

    def test_bodies_must_be_unescaped_json(self, http: httpx.Client) -> None:
        query = {"access_token": stable_token(http)["access_token"]}
        path = "/cgi-bin/message/template/send"
        assert http.post(path, params=query, content=b"{").json()["errcode"] == 47001
        assert http.post(path, params=query, content=b"[]").json()["errcode"] == 47001
        assert http.post(path, params=query, content=b'{"touser": "\\u597d"}').json()["errcode"] == 47002
        assert http.post(path, content=b"{}").json()["errcode"] == 41001
        assert http.post(path, params={"access_token": "x"}, content=b"{}").json()["errcode"] == 40001

    def test_the_day_limit_ends_at_midnight_in_china(self, http: httpx.Client, simulators: Providers) -> None:
        simulators.wechat.limits["template"] = 1
        token = stable_token(http)["access_token"]
        assert [send(http, token)["errcode"] for _ in range(2)] == [0, 45009]
        simulators.world.advance(86400)
        assert send(http, stable_token(http)["access_token"])["errcode"] == 0

    def test_a_one_off_grant_is_one_message(self, http: httpx.Client, simulators: Providers) -> None:
        http.post("/_sim/templates", json={"notices": {"SUB-1": ["thing1"]}})
        http.post("/_sim/followers", json={"openids": ["o1"], "grants": {"SUB-1": 1}})
        query = {"access_token": stable_token(http)["access_token"]}
        body = {"touser": "o1", "template_id": "SUB-1", "data": {"thing1": {"value": "ok"}}, "client_msg_id": "a"}
        codes = [http.post("/cgi-bin/message/subscribe/bizsend", params=query, json=body).json()["errcode"]]
        codes += [http.post("/cgi-bin/message/subscribe/bizsend", params=query, json=body).json()["errcode"]]
        body["client_msg_id"] = "b"
        codes += [http.post("/cgi-bin/message/subscribe/bizsend", params=query, json=body).json()["errcode"]]
        assert codes == [0, 0, 43101]
        assert simulators.world.counts["wechat"] == 1
        assert send(http, query["access_token"], template_id="SUB-1")["errcode"] == 40037


class TestAliyun:
    """The official SDK signs; a wrong key, an old date and a repeated nonce are found out."""

    def test_a_wrong_key_is_found(self, simulators: Providers, base_url: str) -> None:
        host = base_url.removeprefix("http://")
        for key, secret, code in [
            ("other", SIMULATED_SECRET, "InvalidAccessKeyId.NotFound"),
            (SIMULATED_KEY_ID, "wrong", "SignatureDoesNotMatch"),
        ]:
            outcome = AliyunSender(key, secret, {"policy": "SMS_POLICY"}, host, "http").send(message(Channel.SMS))
            assert (outcome.cls, outcome.code) == (OutcomeClass.CONFIG, code)
        assert not simulators.world.counts

    def test_an_old_date_is_found(self, senders: dict[Channel, Sender], simulators: Providers) -> None:
        simulators.world.advance(1000)
        outcome = senders[Channel.SMS].send(message(Channel.SMS))
        assert (outcome.cls, outcome.code) == (OutcomeClass.CONFIG, "InvalidTimeStamp.Expired")

    def test_a_repeated_nonce_and_a_changed_query_are_found(self, simulators: Providers) -> None:
        def signed(query: bytes) -> Call:
            headers = {
                "host": "sim",
                "x-acs-action": "SendSms",
                "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "x-acs-date": "2026-11-21T00:00:00Z",
                "x-acs-signature-nonce": "n1",
            }
            names = sorted(headers)
            call = Call("POST", "/", query, headers, b"")
            signature = acs3_signature(call, names, SIMULATED_SECRET)
            headers["authorization"] = (
                f"ACS3-HMAC-SHA256 Credential={SIMULATED_KEY_ID},SignedHeaders={';'.join(names)},Signature={signature}"
            )
            return call

        simulators.world.advance(1795219200 - simulators.world.now())
        call = signed(b"PhoneNumbers=138")
        codes = [json.loads(simulators.aliyun.handle(call).body)["Code"] for _ in range(2)]
        changed = Call("POST", "/", b"PhoneNumbers=139", call.headers, b"")
        codes.append(json.loads(simulators.aliyun.handle(changed).body)["Code"])
        assert codes == ["isv.MOBILE_NUMBER_ILLEGAL", "SignatureNonceUsed", "SignatureDoesNotMatch"]

    def test_fifty_a_day_to_one_number(self, senders: dict[Channel, Sender], simulators: Providers) -> None:
        codes = [senders[Channel.SMS].send(message(Channel.SMS, f"k{n}")).cls for n in range(51)]
        assert codes == [OutcomeClass.OK] * 50 + [OutcomeClass.RATE_DAY]


class TestTencent:
    """The official SDK signs by TC3; limits of the console hold per number."""

    def tencent(self, base_url: str, secret_id: str = SIMULATED_KEY_ID, key: str = SIMULATED_SECRET) -> TencentSender:
        host = base_url.removeprefix("http://")
        return TencentSender(secret_id, key, "1400000000", {"policy": "SMS_POLICY"}, endpoint=host, protocol="http")

    def test_a_wrong_key_or_an_old_date_is_found(self, simulators: Providers, base_url: str) -> None:
        outcomes = [
            self.tencent(base_url, secret_id="other").send(message(Channel.SMS)),
            self.tencent(base_url, key="wrong").send(message(Channel.SMS)),
        ]
        simulators.world.advance(400)
        outcomes.append(self.tencent(base_url).send(message(Channel.SMS)))
        assert {outcome.cls for outcome in outcomes} == {OutcomeClass.CONFIG}
        assert [outcome.code.split(".")[1] for outcome in outcomes] == [
            "SecretIdNotFound",
            "SignatureFailure",
            "SignatureExpire",
        ]

    def test_the_same_text_again_within_thirty_seconds_is_refused(self, simulators: Providers, base_url: str) -> None:
        sender = self.tencent(base_url)
        outcomes = [sender.send(message(Channel.SMS, key)) for key in ("a", "b")]
        assert [outcome.cls for outcome in outcomes] == [OutcomeClass.OK, OutcomeClass.RATE_MIN]
        assert outcomes[1].personal
        simulators.world.advance(31)
        assert sender.send(message(Channel.SMS, "c")).accepted


TITLE = {"title": "好", "reason": "好", "deadline": "好", "code": "a1"}


def aliyun_code(simulators: Providers, base_url: str, action: str = "SendSms", **change: str) -> str:
    """What Aliyun answers to a rightly signed call with these parameters."""
    params = {
        "PhoneNumbers": "13812345678",
        "SignName": "政策直达",
        "TemplateCode": "SMS_POLICY",
        "TemplateParam": json.dumps(TITLE),
        **change,
    }
    headers = {
        "host": base_url.removeprefix("http://"),
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": datetime.fromtimestamp(simulators.world.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": secrets.token_hex(8),
    }
    query = urlencode(params).encode()
    names = sorted(headers)
    signature = acs3_signature(Call("POST", "/", query, headers, b""), names, SIMULATED_SECRET)
    signed = f"SignedHeaders={';'.join(names)},Signature={signature}"
    headers["authorization"] = f"ACS3-HMAC-SHA256 Credential={SIMULATED_KEY_ID},{signed}"
    return str(httpx.post(f"{base_url}/?{query.decode()}", headers=headers).json()["Code"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "OK"),
        ({"PhoneNumbers": "12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": ",".join(["13812345678"] * 1001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
        ({"SignName": "别家"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "SMS_NONE"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": "{"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "[]"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": json.dumps({**TITLE, "title": ""})}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": json.dumps({**TITLE, "title": "字" * 36})}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": json.dumps({**TITLE, "title": "看www.a.cn"})}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({"TemplateParam": json.dumps({**TITLE, "title": "【甲】"})}, "isv.UNSUPPORTED_CONTENT"),
        ({"TemplateParam": json.dumps({**TITLE, "title": "好🎉"})}, "isv.UNSUPPORTED_CONTENT"),
        ({"action": "SendPigeon"}, "InvalidAction.NotFound"),
    ],
)
def test_aliyun_refuses_by_its_codes(change: dict[str, str], code: str, simulators: Providers, base_url: str) -> None:
    assert aliyun_code(simulators, base_url, **change) == code


def tencent_answer(base_url: str, action: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The Response of a rightly signed call, by the SDK's own signer."""
    http_profile = HttpProfile(protocol="http", endpoint=base_url.removeprefix("http://"))
    region = headers.get("region", "ap-guangzhou")
    client = CommonClient(
        "sms",
        "2021-01-11",
        Credential(SIMULATED_KEY_ID, SIMULATED_SECRET),
        region,
        ClientProfile(httpProfile=http_profile),
    )
    try:
        answer: dict[str, Any] = client.call_json(action, body)["Response"]
    except TencentCloudSDKException as error:
        return {"Error": error.code}
    return answer


SMS = {
    "PhoneNumberSet": ["+8613812345678"],
    "SmsSdkAppId": "1400000000",
    "SignName": "政策直达",
    "TemplateId": "SMS_POLICY",
    "TemplateParamSet": ["好", "好", "好", "a1"],
    "SessionContext": "k1",
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "Ok"),
        ({"PhoneNumberSet": ["13812345678"]}, "InvalidParameterValue.IncorrectPhoneNumber"),
        ({"PhoneNumberSet": ["+8512345678"]}, "InvalidParameterValue.IncorrectPhoneNumber"),
        ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"PhoneNumberSet": ["+8613812345678"] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
        ({"SmsSdkAppId": "1"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"SignName": "别家"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"TemplateId": "1"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"TemplateParamSet": ["好"]}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        (
            {"TemplateParamSet": ["看www.a.cn", "好", "好", "好"]},
            "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        ),
        ({"SessionContext": "x" * 512}, "InvalidParameterValue.ContentLengthLimit"),
    ],
)
def test_tencent_refuses_by_its_codes(change: dict[str, Any], code: str, simulators: Providers, base_url: str) -> None:
    answer = tencent_answer(base_url, "SendSms", {**SMS, **change})
    assert answer.get("Error") == code or [one["Code"] for one in answer["SendStatusSet"]] == [code]


def test_tencent_answers_for_each_number_and_by_action(simulators: Providers, base_url: str) -> None:
    numbers = ["+8613812345678", "+8600000000000", "+8613912345678"]
    answer = tencent_answer(base_url, "SendSms", {**SMS, "PhoneNumberSet": numbers})
    assert [one["Code"] for one in answer["SendStatusSet"]] == [
        "Ok",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "Ok",
    ]
    assert tencent_answer(base_url, "SendPigeon", SMS) == {"Error": "InvalidAction"}
    assert tencent_answer(base_url, "SendSms", SMS, region="") == {"Error": "MissingParameter"}


def test_tencents_queues_are_emptied_by_reading(simulators: Providers, base_url: str) -> None:
    simulators.tencent.statuses.extend({"SerialNo": str(n)} for n in range(3))
    simulators.tencent.replies.append({"ReplyContent": "T"})
    body = {"SmsSdkAppId": "1400000000", "Limit": 2}
    pulled = [tencent_answer(base_url, "PullSmsSendStatus", body)["PullSmsSendStatusSet"] for _ in range(3)]
    assert [len(part) for part in pulled] == [2, 1, 0]
    assert tencent_answer(base_url, "PullSmsReplyStatus", body)["PullSmsReplyStatusSet"] == [{"ReplyContent": "T"}]


def broken(http: httpx.Client, *names: str) -> list[int]:
    found = http.get("/_sim/invariants").json()
    return [found[name] for name in names]


class TestControl:
    """`/_sim/*`."""

    def test_what_was_accepted_can_be_read(
        self, http: httpx.Client, senders: dict[Channel, Sender], simulators: Providers
    ) -> None:
        for channel in Channel:
            assert senders[channel].send(message(channel, f"key-{channel}")).accepted
        assert http.get("/_sim/counts").json()["accepted"] == {"wechat": 1, "sms": 1, "mail": 1}
        accepted = http.get("/_sim/accepted").json()
        assert [one["channel"] for one in accepted] == ["mail", "sms", "wechat"]
        assert "为什么推送给您" in accepted[0]["content"]["html"]
        assert "推送理由" in accepted[1]["content"]["text"]
        assert accepted[2]["content"]["data"]["thing1"]
        assert len(http.get("/_sim/accepted", params={"channel": "sms", "limit": 5}).json()) == 1
        assert broken(http, "same_key", "same_text") == [0, 0]

    def test_doubles_are_counted(self, http: httpx.Client, senders: dict[Channel, Sender]) -> None:
        for key in ("k1", "k1", "k2"):
            assert senders[Channel.SMS].send(message(Channel.SMS, key)).accepted
        assert broken(http, "same_key", "same_text") == [1, 2]

    def test_who_refused_is_not_written_to(self, http: httpx.Client, senders: dict[Channel, Sender]) -> None:
        http.post("/_sim/followers", json={"openids": [ADDRESSES[Channel.WECHAT]]})
        http.post("/_sim/replies", json={"phone": ADDRESSES[Channel.SMS], "text": "td"})
        http.post(
            "/_sim/acts", json={"openid": ADDRESSES[Channel.WECHAT], "event": "text", "fields": {"Content": "退订"}}
        )
        assert broken(http, "after_refusal") == [0]
        for channel in (Channel.SMS, Channel.WECHAT):
            assert senders[channel].send(message(channel)).accepted
        assert broken(http, "after_refusal") == [2]
        http.post("/_sim/acts", json={"openid": ADDRESSES[Channel.WECHAT], "event": "subscribe"})
        assert senders[Channel.WECHAT].send(message(Channel.WECHAT, "other")).accepted
        assert broken(http, "after_refusal") == [2]

    @pytest.mark.parametrize(
        ("clock", "at_night"), [("07:59", 1), ("08:00", 0), ("20:59", 0), ("21:00", 1), ("02:00", 1)]
    )
    def test_the_night_is_that_of_china(self, clock: str, at_night: int) -> None:
        moment = datetime.fromisoformat(f"2026-11-21T{clock}+08:00").timestamp()
        world = World(clock=lambda: moment)
        world.accept("sms", "aliyun", "1", "k", "13800000000", {}, "text")
        world.accept("sms", "aliyun", "2", "k2", "13800000000", {}, "code", asked_for=True)
        assert world.invariants()["at_night"] == at_night

    def test_faults_come_by_count_by_chance_and_by_recipient(
        self, http: httpx.Client, senders: dict[Channel, Sender], simulators: Providers
    ) -> None:
        http.post("/_sim/faults", json={"endpoint": "wechat.template", "action": "http", "count": 2})
        classes = [senders[Channel.WECHAT].send(message(Channel.WECHAT, f"a{n}")).cls for n in range(3)]
        assert classes == [OutcomeClass.AMBIGUOUS, OutcomeClass.AMBIGUOUS, OutcomeClass.OK]
        http.post("/_sim/faults", json=[])
        half = {"endpoint": "wechat.template", "action": "http", "count": None, "probability": 0.5}
        http.post("/_sim/faults", json=half)
        outcomes = [senders[Channel.WECHAT].send(message(Channel.WECHAT, f"b{n}")) for n in range(40)]
        assert 8 <= sum(outcome.accepted for outcome in outcomes) <= 32
        http.post("/_sim/reset")
        http.post("/_sim/faults", json={"endpoint": "*", "action": "http", "count": None, "recipient": "139"})
        for phone, cls in [("13912345678", OutcomeClass.AMBIGUOUS), ("13812345678", OutcomeClass.OK)]:
            assert senders[Channel.SMS].send(message(Channel.SMS, address=phone)).cls is cls

    def test_people_in_bulk_and_settings(self, http: httpx.Client, senders: dict[Channel, Sender]) -> None:
        assert http.post("/_sim/followers", json={"prefix": "o", "count": 5000}).json()["followers"] >= 5000
        http.post("/_sim/settings", json={"open": False, "grey_tries": 0, "refused": ["13812345678"]})
        sent = senders[Channel.WECHAT].send(message(Channel.WECHAT, address="o4999"))
        assert sent.accepted
        assert senders[Channel.WECHAT].send(message(Channel.WECHAT)).cls is OutcomeClass.RECIPIENT_PERM
        assert senders[Channel.MAIL].send(message(Channel.MAIL, address="soft@a.example")).accepted
        assert senders[Channel.SMS].send(message(Channel.SMS)).cls is OutcomeClass.OPT_OUT

    def test_delays_the_clock_and_dead_tokens(
        self, http: httpx.Client, senders: dict[Channel, Sender], simulators: Providers
    ) -> None:
        http.post("/_sim/delays", json={"/cgi-bin/message/template/send": 0.001})
        assert senders[Channel.WECHAT].send(message(Channel.WECHAT, "a")).accepted
        before = simulators.world.now()
        assert http.post("/_sim/advance", json={"seconds": 3600}).json()["now"] - before >= 3600
        http.post("/_sim/tokens/kill")
        assert senders[Channel.WECHAT].send(message(Channel.WECHAT, "b")).accepted
        assert simulators.world.calls["wechat.stable_token"] == 2


def test_a_taken_port_is_told_in_a_sentence(running: Any) -> None:
    with pytest.raises(ZhidaError, match="端口"):
        serve(running.host, running.port, 0)
