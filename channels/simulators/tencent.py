"""Tencent Cloud SMS (2021-01-11) as it behaves: TC3 signatures, one result per number, queues emptied by reading.

Source: cloud.tencent.com/document/api/382/55981 and /product/382/5807. Frequency limits are settings of the console.
"""

import json
import secrets
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from channels.simulators.receipts import sms_end
from channels.simulators.request import Call, Reply, json_reply
from channels.simulators.signatures import find_tc3_problem
from channels.simulators.sms_registry import PHONE, Registered, has_address, shipped_templates
from channels.simulators.world import KEEP, Accepted, World
from core.clock import local_date

APP_ID = "1400000000"
LONGEST_CONTEXT = 512
SKEW = 300


class RefusedError(Exception):
    """`Response.Error`: the whole call is refused, with HTTP 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class TencentSimulator:
    """One SMS application at Tencent."""

    def __init__(self, world: World, secret_id: str, secret_key: str, link_prefix: str) -> None:
        self.world = world
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._link_prefix = link_prefix
        self.reset()

    def reset(self) -> None:
        """A new application with the shipped templates and the sign 政策直达."""
        self.signs = {"政策直达"}
        shipped = shipped_templates(self._link_prefix)
        self.templates: dict[str, Registered] = {f"SMS_{name.upper()}": text for name, text in shipped.items()}
        self.refused: set[str] = set()
        self.apart = 30.0
        self.per_number_day = 10
        self.statuses: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []
        self._last: dict[tuple[str, str], float] = {}
        self._today: defaultdict[tuple[str, int], int] = defaultdict(int)

    def handle(self, call: Call) -> Reply:
        """POST / with the action in the header X-TC-Action."""
        request_id = secrets.token_hex(16)
        try:
            response = self._act(call)
        except RefusedError as no:
            response = {"Error": {"Code": no.code, "Message": no.message}}
        return json_reply({"Response": {**response, "RequestId": request_id}})

    def _act(self, call: Call) -> dict[str, Any]:
        problem = find_tc3_problem(call, self._secret_id, self._secret_key, self.world.now(), SKEW)
        if problem:
            raise RefusedError(problem, "The provided credentials could not be validated.")
        if not call.headers.get("x-tc-region"):
            raise RefusedError("MissingParameter", "Region is required.")
        body = json.loads(call.body)
        action = call.headers.get("x-tc-action")
        if body.get("SmsSdkAppId") != APP_ID:
            raise RefusedError("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId is invalid.")
        if action == "SendSms":
            return self._send(body)
        if action == "PullSmsSendStatusByPhoneNumber":
            return {"PullSmsSendStatusSet": self._statuses_of(str(body.get("PhoneNumber")), int(body["BeginTime"]))}
        if action == "PullSmsSendStatus":
            return {"PullSmsSendStatusSet": _take(self.statuses, int(body.get("Limit", 100)))}
        if action == "PullSmsReplyStatus":
            return {"PullSmsReplyStatusSet": _take(self.replies, int(body.get("Limit", 100)))}
        raise RefusedError("InvalidAction", "The action is unknown.")

    def _statuses_of(self, number: str, begin: int) -> list[dict[str, Any]]:
        """What carriers said of messages to one number since `begin`."""
        self.world.enter("tencent.statuses", number)
        found = self.world.list_to("tencent", number.removeprefix("+86"))
        return [_status(one) for one in found if one.at >= begin]

    def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        numbers = list(body.get("PhoneNumberSet") or [])
        self.world.enter("tencent.send", numbers[0] if numbers else "")
        if not numbers:
            raise RefusedError("MissingParameter.EmptyPhoneNumberSet", "PhoneNumberSet is empty.")
        if len(numbers) > 200:
            raise RefusedError("LimitExceeded.PhoneNumberCountLimit", "More than 200 numbers.")
        context = body.get("SessionContext") or ""
        if len(context.encode()) >= LONGEST_CONTEXT:
            raise RefusedError("InvalidParameterValue.ContentLengthLimit", "SessionContext is too long.")
        text, problem = self._text(body)
        results = [self._to_one(number, text, problem, context, body) for number in numbers]
        self.world.leave("tencent.send", numbers[0])
        return {"SendStatusSet": results}

    def _text(self, body: dict[str, Any]) -> tuple[str, str]:
        """The whole SMS, or the code for which every number is refused."""
        sign, template = body.get("SignName"), self.templates.get(str(body.get("TemplateId")))
        values = body.get("TemplateParamSet") or []
        if sign not in self.signs:
            return "", "FailedOperation.SignatureIncorrectOrUnapproved"
        if template is None:
            return "", "FailedOperation.TemplateIncorrectOrUnapproved"
        if len(values) != len(template.names) or not all(isinstance(value, str) and value for value in values):
            return "", "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        if any(has_address(value) for value in values):
            return "", "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
        return template.fill(dict(zip(template.names, values, strict=True)), str(sign)), ""

    def _to_one(self, number: str, text: str, problem: str, context: str, body: dict[str, Any]) -> dict[str, Any]:
        phone = number.removeprefix("+86")
        code = problem or self._find_limit(number, phone, text)
        result = {"PhoneNumber": number, "SessionContext": context, "IsoCode": "CN"}
        if code:
            return {**result, "SerialNo": "", "Fee": 0, "Code": code, "Message": f"refused: {code}"}
        serial = f"{secrets.randbelow(10**4):04d}:{secrets.randbelow(10**20):020d}"
        content = {"text": text, "template": body["TemplateId"], "sign": body["SignName"]}
        asked_for = str(body["TemplateId"]).endswith("CODE")
        self.world.accept("sms", "tencent", serial, context, phone, content, text, asked_for)
        if len(self.statuses) < KEEP:
            self.statuses.append(_status(self.world.accepted[-1]))
        return {**result, "SerialNo": serial, "Fee": 1, "Code": "Ok", "Message": "send success"}

    def _find_limit(self, number: str, phone: str, text: str) -> str:
        if not number.startswith("+86") or not PHONE.fullmatch(phone):
            return "InvalidParameterValue.IncorrectPhoneNumber"
        if phone in self.refused:
            return "FailedOperation.PhoneNumberInBlacklist"
        now = self.world.now()
        today = (phone, local_date(datetime.fromtimestamp(now, UTC)).toordinal())
        if now - self._last.get((phone, text), -self.apart) < self.apart:
            return "LimitExceeded.PhoneNumberThirtySecondLimit"
        if self._today[today] >= self.per_number_day:
            return "LimitExceeded.PhoneNumberDailyLimit"
        self._last[phone, text] = now
        self._today[today] += 1
        return ""


def _take(queue: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    taken = queue[:limit]
    del queue[:limit]
    return taken


def _status(one: Accepted) -> dict[str, Any]:
    delivered = sms_end(one.address)[0] == "DELIVERED"
    return {
        "UserReceiveTime": int(one.at),
        "CountryCode": "86",
        "SubscriberNumber": one.address,
        "PhoneNumber": f"+86{one.address}",
        "SerialNo": one.provider_id,
        "ReportStatus": "SUCCESS" if delivered else "FAIL",
        "Description": "DELIVRD" if delivered else "UNDELIV",
        "SessionContext": one.key,
    }
