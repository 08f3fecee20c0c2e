"""Sends by Aliyun's SMS service (Dysmsapi 2017-05-25) with its official SDK."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import (
    QuerySendDetailsRequest,
    QuerySmsSignRequest,
    QuerySmsTemplateRequest,
    SendSmsRequest,
)
from alibabacloud_tea_openapi.client import RuntimeOptions
from alibabacloud_tea_openapi.utils_models import Config
from Tea.exceptions import TeaException

from channels.message import Channel, Message, SmsContent
from channels.network import classify_failure, classify_status
from channels.outcome import Outcome, OutcomeClass
from channels.quiet import silence_wire_logs
from channels.redact import redact
from channels.sms.aliyun_codes import PERSONAL_LIMITS, classify, classify_receipt
from channels.sms.variables import VariableError, check_variables
from core.errors import ZhidaError

OFFICIAL = "dysmsapi.aliyuncs.com"
CONNECT_TIMEOUT, READ_TIMEOUT = 3000, 10000
"""Milliseconds."""
PAGE = 50
_UNKNOWN = ("isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL")
FAILED = 2


@dataclass(frozen=True, slots=True)
class Registered:
    """A signature or a text as Aliyun has it. `status` 1 is approved; `reason` is why it was refused."""

    status: int
    text: str = ""
    reason: str = ""


class AliyunSender:
    """One Aliyun account; `templates` gives the registered code of each of ours.

    Not idempotent: a repeat is a second SMS. OutId only comes back in the receipt.
    """

    channel = Channel.SMS
    provider = "aliyun"

    def __init__(
        self,
        key_id: str,
        key_secret: str,
        templates: Mapping[str, str],
        endpoint: str = OFFICIAL,
        protocol: str = "https",
    ) -> None:
        silence_wire_logs()
        self._templates = templates
        self._client = Client(
            Config(
                access_key_id=key_id,
                access_key_secret=key_secret,
                endpoint=endpoint,
                protocol=protocol,
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
            )
        )
        self._runtime = RuntimeOptions(autoretry=False, max_attempts=1, max_idle_conns=64)

    def send(self, message: Message) -> Outcome:
        """One SMS to one number."""
        content = message.content
        assert isinstance(content, SmsContent)  # noqa: S101 - Message has checked it; this tells mypy
        try:
            check_variables(content.params)
            body = self._client.send_sms_with_options(self._request(message, content), self._runtime).body
        except VariableError as error:
            return Outcome(OutcomeClass.CONTENT, code="variable", detail=str(error))
        except TeaException as error:
            return _failed(error, message.address)
        except Exception as error:  # the SDK lets JSON and type errors through on odd replies
            return Outcome(classify_failure(error), code="reply", detail=f"答复无法理解：{type(error).__name__}")
        code, text = body.code or "", body.message or ""
        cls = classify(code, text)
        detail = "" if cls is OutcomeClass.OK else redact(text, message.address)
        return Outcome(cls, provider_id=body.biz_id or "", code=code, detail=detail, personal=code in PERSONAL_LIMITS)

    def _request(self, message: Message, content: SmsContent) -> SendSmsRequest:
        return SendSmsRequest(
            phone_numbers=message.address,
            sign_name=content.sign_name,
            template_code=content.codes.get(self.provider)
            or self._templates.get(content.template_code, content.template_code),
            template_param=json.dumps(dict(content.params), ensure_ascii=False),
            out_id=message.key,
        )

    def look_up(self, address: str, key: str, day: date) -> Outcome | None:
        """See channels.sender.LooksUp; among the fifty newest to this number on that day."""
        query = QuerySendDetailsRequest(
            phone_number=address, send_date=day.strftime("%Y%m%d"), page_size=PAGE, current_page=1
        )
        try:
            body = self._client.query_send_details_with_options(query, self._runtime).body
        except Exception as error:  # whatever the SDK lets through: we know no more than before
            return Outcome(OutcomeClass.AMBIGUOUS, code="network", detail=f"查不到结果：{type(error).__name__}")
        if body.code != "OK":
            return Outcome(OutcomeClass.AMBIGUOUS, code=body.code or "reply", detail=redact(body.message, address))
        details = body.sms_send_detail_dtos.sms_send_detail_dto if body.sms_send_detail_dtos else []
        return next((_found(detail) for detail in details if detail.out_id == key), None)

    def code_of(self, purpose: str) -> str:
        """The registered code of one of our templates."""
        return self._templates.get(purpose, purpose)

    def find_template(self, code: str) -> Registered | None:
        """A text as it was registered; None where there is none of this code. Raises ZhidaError."""
        query = QuerySmsTemplateRequest(template_code=code)
        body = self._asked(lambda: self._client.query_sms_template_with_options(query, self._runtime).body)
        return Registered(int(body.template_status), body.template_content or "", body.reason or "") if body else None

    def find_sign(self, name: str) -> Registered | None:
        """A signature as it was registered; None where there is none of this name. Raises ZhidaError."""
        query = QuerySmsSignRequest(sign_name=name)
        body = self._asked(lambda: self._client.query_sms_sign_with_options(query, self._runtime).body)
        return Registered(int(body.sign_status), reason=body.reason or "") if body else None

    @staticmethod
    def _asked(ask: Callable[[], Any]) -> Any:
        """The answer, or None where Aliyun knows of none."""
        try:
            body = ask()
        except Exception as error:  # whatever the SDK lets through
            code = str(getattr(error, "code", None) or type(error).__name__)
            raise ZhidaError(f"查不了阿里云的短信报备：{code}") from None
        if body.code in _UNKNOWN:
            return None
        if body.code != "OK":
            raise ZhidaError(f"查不了阿里云的短信报备：{body.code}")
        return body

    def close(self) -> None:
        """The SDK pools its connections by process; there is nothing of ours to close."""


def _found(detail: Any) -> Outcome:
    """`send_status`: 1 waits for the carrier, 2 failed, 3 arrived."""
    if detail.send_status == FAILED:
        return Outcome(classify_receipt(detail.err_code or ""), code=detail.err_code or "")
    return Outcome(OutcomeClass.OK, code=detail.err_code or "WAITING")


def _failed(error: Exception, phone: str) -> Outcome:
    code = str(getattr(error, "code", None) or "")
    status = int(getattr(error, "status_code", None) or 0)
    if not status:
        return Outcome(classify_failure(error), code="network", detail=f"网络出错：{type(error).__name__}")
    if code in ("", "None"):
        return Outcome(classify_status(status), code=f"http-{status}", detail="HTTP 状态异常")
    cls = classify(code)
    if status >= 500 and cls is OutcomeClass.CONTENT:
        cls = OutcomeClass.TEMP  # an unlisted trouble on their side, told by themselves: nothing was accepted
    return Outcome(cls, code=code, detail=redact(getattr(error, "message", ""), phone))
