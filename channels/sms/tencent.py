"""Sends by Tencent Cloud SMS (2021-01-11) with its official SDK."""

import logging
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from requests.adapters import HTTPAdapter
from tencentcloud.common.abstract_model import AbstractModel
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import (
    PullSmsReplyStatusRequest,
    PullSmsSendStatusByPhoneNumberRequest,
    PullSmsSendStatusRequest,
    SendSmsRequest,
)
from tencentcloud.sms.v20210111.sms_client import SmsClient

from channels.message import Channel, Message, SmsContent
from channels.network import classify_failure
from channels.outcome import Outcome, OutcomeClass
from channels.quiet import silence_wire_logs
from channels.receipt import Receipt, Reply
from channels.redact import redact
from channels.sms.receipts import read_tencent_pull, read_tencent_replies
from channels.sms.tencent_codes import classify, classify_receipt, is_personal
from channels.sms.variables import VariableError, check_variables
from core.clock import SHANGHAI

OFFICIAL = "sms.tencentcloudapi.com"
TIMEOUT = (3.05, 10.0)
POOL = 64
PAGE = 100
PULLED = 100

log = logging.getLogger(__name__)


class TencentSender:
    """One application at Tencent; `templates` gives the registered id of each of ours.

    Not idempotent: SessionContext only comes back in the answer and in what is pulled.
    """

    channel = Channel.SMS
    provider = "tencent"

    def __init__(
        self,
        secret_id: str,
        secret_key: str,
        app_id: str,
        templates: Mapping[str, str],
        region: str = "ap-guangzhou",
        endpoint: str = OFFICIAL,
        protocol: str = "https",
    ) -> None:
        silence_wire_logs()
        self._app_id = app_id
        self._templates = templates
        http = HttpProfile(protocol=protocol, endpoint=endpoint, reqTimeout=TIMEOUT, keepAlive=True)
        self._client = SmsClient(Credential(secret_id, secret_key), region, ClientProfile(httpProfile=http))
        # The SDK's session keeps ten connections and has no setting for more.
        self._client.request.conn._session.mount(f"{protocol}://", HTTPAdapter(pool_maxsize=POOL))

    def send(self, message: Message) -> Outcome:
        """One SMS to one number in the mainland."""
        content = message.content
        assert isinstance(content, SmsContent)  # noqa: S101 - Message has checked it; this tells mypy
        try:
            check_variables(content.params)
            answer = self._client.SendSms(self._request(message, content))
        except VariableError as error:
            return Outcome(OutcomeClass.CONTENT, code="variable", detail=str(error))
        except TencentCloudSDKException as error:
            return _failed(error, message.address)
        if not answer.SendStatusSet:
            return Outcome(OutcomeClass.AMBIGUOUS, code="reply", detail="答复里没有发送结果")
        status = answer.SendStatusSet[0]
        cls = classify(status.Code)
        return Outcome(
            cls,
            provider_id=status.SerialNo or "",
            code=status.Code,
            detail="" if cls is OutcomeClass.OK else redact(status.Message, message.address),
            personal=is_personal(status.Code),
        )

    def look_up(self, address: str, key: str, day: date) -> Outcome | None:
        """See channels.sender.LooksUp; Tencent lists a message only once the carrier has spoken."""
        query = PullSmsSendStatusByPhoneNumberRequest()
        query.BeginTime = int(datetime.combine(day, time(), SHANGHAI).timestamp())
        query.Offset, query.Limit = 0, PAGE
        query.PhoneNumber, query.SmsSdkAppId = f"+86{address}", self._app_id
        try:
            found = self._client.PullSmsSendStatusByPhoneNumber(query).PullSmsSendStatusSet or []
        except TencentCloudSDKException as error:
            return Outcome(OutcomeClass.AMBIGUOUS, code=str(error.code or "reply"), detail="查不到结果")
        for status in found:
            if status.SessionContext == key:
                cls = classify_receipt(status.ReportStatus or "", status.Description or "")
                return Outcome(cls, provider_id=status.SerialNo or "", code=status.Description or "")
        return None

    def pull(self) -> tuple[list[Receipt], list[Reply]]:
        """See channels.sender.Pulls; up to a hundred of each. Tencent opens this on demand of the customer."""
        statuses, replies = PullSmsSendStatusRequest(), PullSmsReplyStatusRequest()
        for query in (statuses, replies):
            query.Limit, query.SmsSdkAppId = PULLED, self._app_id
        try:
            found = self._client.PullSmsSendStatus(statuses).PullSmsSendStatusSet or []
        except TencentCloudSDKException as error:
            log.warning("Tencent's receipts can't be fetched: %s", error.code)
            return [], []
        receipts = read_tencent_pull([_fields(one) for one in found])
        try:
            said = self._client.PullSmsReplyStatus(replies).PullSmsReplyStatusSet or []
        except TencentCloudSDKException as error:
            log.warning("Tencent's replies can't be fetched: %s", error.code)
            said = []
        return receipts, read_tencent_replies([_fields(one) for one in said])

    def close(self) -> None:
        """The SDK keeps its connections; there is nothing of ours to close."""

    def _request(self, message: Message, content: SmsContent) -> SendSmsRequest:
        request = SendSmsRequest()
        request.PhoneNumberSet = [f"+86{message.address}"]
        request.SmsSdkAppId = self._app_id
        request.SignName = content.sign_name
        registered = self._templates.get(content.template_code, content.template_code)
        request.TemplateId = content.codes.get(self.provider) or registered
        request.TemplateParamSet = list(content.params.values())  # by position, in the order of the text
        request.SessionContext = message.key
        return request


def _fields(one: AbstractModel) -> dict[str, Any]:
    """The fields of an answer's part by the provider's names."""
    fields: dict[str, Any] = one._serialize()
    return fields


def _failed(error: TencentCloudSDKException, phone: str) -> Outcome:
    """A failed call. The SDK's own names for what is no answer of Tencent have no dot and begin with the layer."""
    code = str(error.code or "")
    if code == "ClientNetworkError":
        cause = type(error.__context__).__name__
        return Outcome(classify_failure(error), code="network", detail=f"网络出错：{cause}")
    if error.requestId is None and "." not in code:
        return Outcome(OutcomeClass.AMBIGUOUS, code=code or "reply", detail="答复无法理解")
    return Outcome(classify(code), code=code, detail=redact(error.message, phone), personal=is_personal(code))
