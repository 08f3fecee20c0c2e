"""Phone numbers, mail addresses, openids and credit codes: one spelling of each to look up, and a mask to show.

Every error is an InputError that says what is wrong and never repeats the value.
"""

import re
import unicodedata
from collections.abc import Callable

from stdnum.cn import uscc

from core.errors import InputError

_PHONE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})", re.ASCII)
_MAIL = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,61}", re.A
)
_OPENID = re.compile(r"o[\w-]{27}|sim-[\w-]{1,60}", re.ASCII)
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def normalise_phone(text: str) -> str:
    """A mobile number of mainland China as eleven digits; `+86`, spaces, dashes and full-width digits are taken."""
    found = _PHONE.fullmatch(re.sub(r"[\s()\-‐-―]", "", _plain(text)))
    if not found:
        raise InputError("手机号无效：应为 11 位中国大陆手机号")
    return found[1]


def normalise_mail(text: str) -> str:
    """A mail address in lower case (every provider of note treats the part before @ so)."""
    address = _plain(text).lower()
    if not _MAIL.fullmatch(address) or ".." in address or address[0] == "." or ".@" in address or len(address) > 254:
        raise InputError("电子邮箱无效")
    return address


def normalise_openid(text: str) -> str:
    """A WeChat openid: 28 letters from `o`, case matters; `sim-…` are those of the simulator."""
    openid = text.strip()
    if not _OPENID.fullmatch(openid):
        raise InputError("微信 openid 无效：应为 o 开头的 28 位字符")
    return openid


def normalise_credit_code(text: str) -> str:
    """A 统一社会信用代码 of 18 letters whose check letter is right (GB 32100-2015); raises InputError if not."""
    code = re.sub(r"[\s-]", "", _plain(text)).upper()
    if not _CREDIT_CODE.fullmatch(code):
        raise InputError("统一社会信用代码无效：应为 18 位数字或大写字母（不含 I、O、S、V、Z）")
    if uscc.calc_check_digit(code[:17]) != code[17]:
        raise InputError("统一社会信用代码的校验位不对")
    return code


NORMALISERS: dict[str, Callable[[str], str]] = {
    "wechat": normalise_openid,
    "sms": normalise_phone,
    "mail": normalise_mail,
}
"""How an address is spelled, by channel."""


def mask_phone(phone: str) -> str:
    """`13800000000` → `138****0000`."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****"


def mask_mail(address: str) -> str:
    """`anna@d.cn` → `a***@d.cn`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else "***"


def mask_openid(openid: str) -> str:
    """The first six letters and `…`."""
    return f"{openid[:6]}…"


def mask_id_number(number: str) -> str:
    """`110101199001011234` → `110***********1234`."""
    return f"{number[:3]}***********{number[-4:]}" if len(number) == 18 else "****"


MASKS: dict[str, Callable[[str], str]] = {"wechat": mask_openid, "sms": mask_phone, "mail": mask_mail}
"""How an address is shown, by channel."""


def _plain(text: str) -> str:
    """Full-width letters and digits as ordinary ones, without blanks around."""
    return unicodedata.normalize("NFKC", text).strip()
