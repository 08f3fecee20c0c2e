"""What operators register, and whether the account is as the settings say."""

from pathlib import Path

import pytest

from channels.checkup import check_wechat
from channels.imprint import imprint_of
from channels.notice import Purpose
from channels.registration import list_callbacks, list_sms_texts, list_wechat_layouts, write_sheet
from channels.simulators.providers import Providers
from channels.wechat.client import ServiceAccount
from core.settings import Settings

EXAMPLE = Settings(_env_file=None, public_url="https://zc.example.gov.cn")
MANUAL = Path(__file__).parents[2] / "docs" / "channels.md"


def test_each_provider_gets_its_own_spelling() -> None:
    texts = {text.purpose: text for text in list_sms_texts(imprint_of(EXAMPLE))}
    assert set(texts) == set(Purpose)
    policy = texts[Purpose.POLICY]
    assert policy.variables == ("title", "reason", "deadline", "code")
    assert "《${title}》" in policy.aliyun
    assert "https://zc.example.gov.cn/s/${code} " in policy.aliyun
    assert "《{1}》" in policy.tencent
    assert "https://zc.example.gov.cn/s/{4} " in policy.tencent
    assert "$" not in policy.tencent


def test_fields_have_keywords_and_addresses_the_secret() -> None:
    layouts = {layout.purpose: dict(layout.fields) for layout in list_wechat_layouts()}
    assert layouts[Purpose.POLICY]["thing1"] == "政策名称"
    assert all(layouts[purpose] for purpose in Purpose)
    assert ("微信公众号·服务器地址（URL）", "https://z.cn/hooks/wechat") in list_callbacks("https://z.cn/", "abc")
    assert [address.count("/abc/") for _, address in list_callbacks("https://z.cn", "abc")] == [0, 1, 1, 1, 1]


def test_the_manual_shows_what_is_to_be_registered() -> None:
    sheet = write_sheet(imprint_of(EXAMPLE), EXAMPLE.public_url, "随机串")
    assert sheet in MANUAL.read_text(encoding="utf-8")


def test_a_well_kept_account(account: ServiceAccount, simulators: Providers, settings: Settings) -> None:
    simulators.wechat.notices["LONG"] = list(simulators.wechat.templates["TPL-POLICY"])
    noticing = settings.model_copy(update={"wechat_long_term": {"policy": "LONG"}})
    quota, problems = check_wechat(account, noticing)
    assert (quota.limit, problems) == (100_000, [])


@pytest.mark.parametrize("used", [1, 95])
def test_what_is_missing_is_named(
    account: ServiceAccount, simulators: Providers, settings: Settings, used: int
) -> None:
    simulators.wechat.templates.pop("TPL-DIGEST")
    simulators.wechat.templates["TPL-POLICY"] = ["thing1", "thing9"]
    simulators.wechat.notices["ONCE"] = ["thing1"]
    simulators.wechat.limits["template"] = 100
    for _ in range(used):
        simulators.wechat.begin("template")
    changed = settings.model_copy(
        update={"wechat_one_off": {"policy": "ONCE", "missing": "GONE"}, "wechat_templates": {"binding": ""}}
    )
    _, problems = check_wechat(account, changed)
    assert "公众号里没有模板 TPL-DIGEST" in problems
    assert "公众号里没有模板 GONE" in problems
    assert any("TPL-POLICY" in one and "thing9" in one for one in problems)
    assert any("ONCE" in one for one in problems)
    assert not any("TPL-BINDING" in one for one in problems)
    assert ("模板消息今天只剩 5 次" in problems) == (used == 95)
