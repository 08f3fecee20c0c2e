"""Aliyun's SMS service (Dysmsapi 2017-05-25) as it behaves: signed calls, approved texts, limits per number.

Source: help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms and document_detail/2881383.html.
"""

import json
import secrets
from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import Any

from channels.simulators.receipts import sms_end, stamp
from channels.simulators.request import Call, Reply, json_reply
from channels.simulators.signatures import find_acs3_problem
from channels.simulators.sms_registry import (
    LONGEST,
    PHONE,
    Registered,
    has_address,
    has_refused_signs,
    shipped_templates,
)
from channels.simulators.world import Accepted, World

SKEW = 900
A_DAY = 86400


class RefusedError(Exception):
    """A `Code` other than OK. `status` 200 is a business answer, others come from the gateway."""

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status


class AliyunSimulator:
    """One account at Aliyun."""

    def __init__(self, world: World, key_id: str, key_secret: str, link_prefix: str) -> None:
        self.world = world
        self._key_id = key_id
        self._key_secret = key_secret
        self._link_prefix = link_prefix
        self._actions = {
            "SendSms": self._send,
            "QuerySendDetails": self._details,
            "QuerySmsTemplate": self._template,
            "QuerySmsSign": self._sign,
        }
        self.reset()

    def reset(self) -> None:
        """A new account with the shipped templates under `SMS_…` and the sign 政策直达."""
        self.signs = {"政策直达"}
        shipped = shipped_templates(self._link_prefix)
        self.templates: dict[str, Registered] = {f"SMS_{name.upper()}": text for name, text in shipped.items()}
        self.refused: set[str] = set()
        self.per_number_day = 50
        self._nonces: dict[str, float] = {}
        self._sent: defaultdict[tuple[str, str, str], deque[float]] = defaultdict(deque)

    def handle(self, call: Call) -> Reply:
        """POST / with the action in the header x-acs-action."""
        request_id = secrets.token_hex(16).upper()
        try:
            self._check_call(call)
            answer = self._actions[call.headers["x-acs-action"]](call.query)
        except RefusedError as no:
            return json_reply({"Code": no.code, "Message": no.message, "RequestId": request_id}, no.status)
        return json_reply({"Message": "OK", "RequestId": request_id, "Code": "OK", **answer})

    def _check_call(self, call: Call) -> None:
        problem = find_acs3_problem(call, self._key_id, self._key_secret)
        if problem:
            raise RefusedError(problem, "The request signature does not conform to Aliyun standards.", 403)
        now, nonce = self.world.now(), call.headers["x-acs-signature-nonce"]
        try:
            date = datetime.strptime(call.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise RefusedError("InvalidTimeStamp.Format", "The timestamp is not well formed.", 400) from None
        if abs(date.timestamp() - now) > SKEW:
            raise RefusedError("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)
        if self._nonces.get(nonce, 0.0) > now - SKEW:
            raise RefusedError("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        self._nonces[nonce] = now
        if call.headers.get("x-acs-action") not in self._actions:
            raise RefusedError("InvalidAction.NotFound", "Specified api is not found.", 404)

    def _details(self, query: dict[str, str]) -> dict[str, Any]:
        """QuerySendDetails: a number's messages of one day, the newest first."""
        phone, day = query.get("PhoneNumber", ""), query.get("SendDate", "")
        self.world.enter("aliyun.details", phone)
        found = [one for one in self.world.list_to("aliyun", phone) if stamp(one.at).replace("-", "")[:8] == day]
        page, size = int(query.get("CurrentPage", "1")), int(query.get("PageSize", "10"))
        entries = [_detail(one) for one in found[(page - 1) * size : page * size]]
        return {"TotalCount": str(len(found)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": entries}}

    def _template(self, query: dict[str, str]) -> dict[str, Any]:
        """QuerySmsTemplate: what was registered under a code; every text here is approved."""
        self.world.enter("aliyun.template")
        code = query.get("TemplateCode", "")
        if code not in self.templates:
            raise RefusedError("isv.SMS_TEMPLATE_ILLEGAL", "模版不合法(不存在或被拉黑)")
        return {"TemplateCode": code, "TemplateContent": self.templates[code].text, "TemplateStatus": 1, "Reason": ""}

    def _sign(self, query: dict[str, str]) -> dict[str, Any]:
        """QuerySmsSign."""
        self.world.enter("aliyun.sign")
        name = query.get("SignName", "")
        if name not in self.signs:
            raise RefusedError("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        return {"SignName": name, "SignStatus": 1, "Reason": ""}

    def _send(self, query: dict[str, str]) -> dict[str, Any]:
        phones = query.get("PhoneNumbers", "").split(",")
        self.world.enter("aliyun.send", phones[0])
        if len(phones) > 1000:
            raise RefusedError("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
        for phone in phones:
            if not PHONE.fullmatch(phone):
                raise RefusedError("isv.MOBILE_NUMBER_ILLEGAL", f"{phone}invalid mobile number")
            if phone in self.refused:
                raise RefusedError("isv.CUSTOMER_REFUSED", "用户已退订推广短信")
        sign, code = query.get("SignName", ""), query.get("TemplateCode", "")
        if sign not in self.signs:
            raise RefusedError("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        template = self.templates.get(code)
        if template is None:
            raise RefusedError("isv.SMS_TEMPLATE_ILLEGAL", "模版不合法(不存在或被拉黑)")
        text = template.fill(_variables(template, query.get("TemplateParam", "")), sign)
        self._check_limit(sign, code, phones)
        biz_id = f"{secrets.randbelow(10**18):018d}^0"
        for phone in phones:
            content = {"text": text, "template": code, "sign": sign}
            self.world.accept(
                "sms", "aliyun", biz_id, query.get("OutId", ""), phone, content, text, code.endswith("CODE")
            )
        self.world.leave("aliyun.send", phones[0])
        return {"BizId": biz_id}

    def _check_limit(self, sign: str, code: str, phones: list[str]) -> None:
        """Notifications: so many of one sign and template to one number in any 24 hours."""
        now = self.world.now()
        for phone in phones:
            times = self._sent[sign, code, phone]
            while times and times[0] <= now - A_DAY:
                times.popleft()
            if len(times) >= self.per_number_day:
                raise RefusedError("isv.BUSINESS_LIMIT_CONTROL", f"触发天级流控Permits:{self.per_number_day}")
            times.append(now)


def _variables(template: Registered, text: str) -> dict[str, str]:
    try:
        values: Any = json.loads(text or "{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise RefusedError("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
    for name in template.names:
        value = values.get(name)
        if not isinstance(value, str) or not value:
            raise RefusedError("isv.TEMPLATE_MISSING_PARAMETERS", "模版缺少变量")
        if len(value) > LONGEST:
            raise RefusedError("isv.PARAM_LENGTH_LIMIT", "参数超出长度限制")
        if has_address(value):
            raise RefusedError("isv.PARAM_NOT_SUPPORT_URL", "变量不支持传入URL")
        if has_refused_signs(value):
            raise RefusedError("isv.UNSUPPORTED_CONTENT", "短信内容包含不支持的字符")
    return {name: values[name] for name in template.names}


def _detail(one: Accepted) -> dict[str, Any]:
    code, _ = sms_end(one.address)
    return {
        "PhoneNum": one.address,
        "SendStatus": 3 if code == "DELIVERED" else 2,
        "ErrCode": code,
        "OutId": one.key,
        "TemplateCode": one.content["template"],
        "Content": one.content["text"],
        "SendDate": stamp(one.at),
        "ReceiveDate": stamp(one.at),
    }
