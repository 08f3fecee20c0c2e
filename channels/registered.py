"""Are the SMS signature and texts approved by the provider as the settings say? What `zhida doctor` tells an operator.

Source: help.aliyun.com/zh/sms/developer-reference, QuerySmsSign and QuerySmsTemplate (status 0 waits, 1 approved,
2 refused, 10 withdrawn).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.imprint import Imprint
from channels.registration import list_sms_texts
from channels.sms.aliyun import AliyunSender, Registered
from channels.sources import Overrides, sms_codes
from channels.wording import TITLES

APPROVED = 1
_STATES = {0: "还在审核", 2: "没有通过审核", 10: "已撤回"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    title: str
    code: str
    text: str


def find_aliyun_problems(sender: AliyunSender, imprint: Imprint, overrides: Overrides | None = None) -> list[str]:
    """A Chinese sentence for the signature and each text that can't be sent as it is. Raises ZhidaError."""
    sign = sender.find_sign(imprint.sign_name)
    problems = [f"短信签名“{imprint.sign_name}”{_state(sign)}"] if sign is None or sign.status != APPROVED else []
    return problems + [
        problem
        for wanted in _list_wanted(sender, imprint, overrides)
        if (problem := _problem(wanted, sender.find_template(wanted.code)))
    ]


def _list_wanted(sender: AliyunSender, imprint: Imprint, overrides: Overrides | None) -> Iterator[_Wanted]:
    for text in list_sms_texts(imprint, overrides):
        code = sms_codes(text.purpose, overrides).get(sender.provider) or sender.code_of(text.purpose)
        yield _Wanted(TITLES[text.purpose], code, text.aliyun)


def _problem(wanted: _Wanted, found: Registered | None) -> str:
    name = f"短信模板“{wanted.title}”（{wanted.code}）"
    if found is None or found.status != APPROVED:
        return name + _state(found)
    return "" if found.text == wanted.text else f"{name}报备的文字与程序要发的不同，请运行 zhida channels sheet 核对"


def _state(found: Registered | None) -> str:
    if found is None:
        return "没有报备"
    reason = f"：{found.reason}" if found.reason else ""
    return _STATES.get(found.status, f"状态不明（{found.status}）") + reason
