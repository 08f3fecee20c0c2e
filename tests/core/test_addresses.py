"""One spelling of an address or code, its mask, and refusals that don't repeat it."""

import pytest

from core.addresses import (
    MASKS,
    NORMALISERS,
    mask_id_number,
    mask_mail,
    mask_openid,
    mask_phone,
    normalise_credit_code,
    normalise_mail,
    normalise_openid,
    normalise_phone,
)
from core.errors import InputError


@pytest.mark.parametrize(
    "written",
    [
        "13800000000",
        " 138 0000 0000 ",
        "138-0000-0000",
        "+86 138 0000 0000",
        "86-13800000000",
        "008613800000000",
        "(+86)138－0000－0000",
        "１３８００００００００",
    ],
)
def test_phone_has_one_spelling(written: str) -> None:
    assert normalise_phone(written) == "13800000000"


@pytest.mark.parametrize("written", ["", "1380000000", "138000000000", "12800000000", "1380000000a", "+1 3800000000"])
def test_what_is_no_phone(written: str) -> None:
    with pytest.raises(InputError, match="手机号无效") as caught:
        normalise_phone(written)
    assert not written or written not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Anna.Li@Example.CN", "anna.li@example.cn"),
        (" a+b@d.cn ", "a+b@d.cn"),
        ("ａｎｎａ＠ｄ．ｃｎ", "anna@d.cn"),
        ("x@xn--fiqs8s.xn--fiqs8s", "x@xn--fiqs8s.xn--fiqs8s"),
    ],
)
def test_mail_has_one_spelling(written: str, address: str) -> None:
    assert normalise_mail(written) == address


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            "a",
            "@d.cn",
            "a@",
            "a@d",
            "a@@d.cn",
            "a b@d.cn",
            ".a@d.cn",
            "a.@d.cn",
            "a..b@d.cn",
            "a@-d.cn",
            "a@d..cn",
        ),
        *("a@d.cn\nBcc: x@y.cn", "a" * 65 + "@d.cn", "a@" + "d" * 64 + ".cn", "a@" + "d." * 130 + "cn"),
    ],
)
def test_what_is_no_mail(written: str) -> None:
    with pytest.raises(InputError, match="电子邮箱无效"):
        normalise_mail(written)


def test_openid_keeps_its_case() -> None:
    assert normalise_openid(" oAbC_-0123456789012345678901 ") == "oAbC_-0123456789012345678901"
    assert normalise_openid("sim-7-1") == "sim-7-1"


@pytest.mark.parametrize("written", ["", "o123", "xAbC_-0123456789012345678901", "sim-", "o中" + "1" * 26])
def test_what_is_no_openid(written: str) -> None:
    with pytest.raises(InputError, match="openid 无效"):
        normalise_openid(written)


@pytest.mark.parametrize("written", ["91350100M000100Y43", "91110108551385082q", " 9135 0100-M000100Y43"])
def test_credit_code_with_its_check_letter(written: str) -> None:
    assert len(normalise_credit_code(written)) == 18


def test_credit_codes_of_village_collectives_begin_with_a_letter() -> None:
    assert normalise_credit_code("N2110108MF00000017") == "N2110108MF00000017"


@pytest.mark.parametrize(
    ("written", "reason"),
    [("91350100M000100Y4A", "校验位"), ("91350100M000100Y4", "18 位"), ("9135010OM000100Y43", "18 位"), ("", "18 位")],
)
def test_wrong_credit_codes(written: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        normalise_credit_code(written)


def test_masks() -> None:
    assert mask_phone("13800000000") == "138****0000"
    assert mask_phone("12345") == "****"
    assert mask_mail("anna@d.cn") == "a***@d.cn"
    assert mask_mail("nothing") == "***"
    assert mask_openid("oAbCdEfGhIjKlMnOpQrStUvWxYz0") == "oAbCdE…"
    assert mask_id_number("110101199001011234") == "110***********1234"
    assert mask_id_number("1101") == "****"


def test_every_channel_has_a_spelling_and_a_mask() -> None:
    assert set(NORMALISERS) == set(MASKS) == {"wechat", "sms", "mail"}
