"""Who issued a document, and of which place."""

import pytest

from policies.agencies import agency_in_signature, agency_in_title, place_of


@pytest.mark.parametrize(
    ("title", "agency"),
    [
        ("北京市人民政府办公厅关于印发《北京市积分落户管理办法》的通知", "北京市人民政府办公厅"),
        ("财政部 税务总局关于进一步完善研发费用税前加计扣除政策的公告", "财政部、税务总局"),
        ("市政府办公厅转发市经济信息化委关于加快推进本市技术改造工作实施意见的通知", "市政府办公厅"),
        ("上海市人力资源和社会保障局等六部门关于给予就业补贴的通知", "上海市人力资源和社会保障局"),
        ("【河南省信阳市人民政府办公室】关于印发若干措施的通知", "河南省信阳市人民政府办公室"),
        ("【福州市】福州市财政局关于某事的通知", "福州市财政局"),
        ("转发省财政厅关于某事的通知", ""),
        ("关于进一步优化我市房地产政策的通知", ""),
        ("残疾人教育条例", ""),
    ],
)
def test_the_agency_stands_before_the_matter(title: str, agency: str) -> None:
    assert agency_in_title(title) == agency


def test_the_agency_stands_over_the_date_at_the_end() -> None:
    text = "特此通知。\n北京市人力资源和社会保障局\n北京市财政局\n\n2024年3月1日"
    assert agency_in_signature(text) == "北京市人力资源和社会保障局、北京市财政局"
    assert agency_in_signature("特此通知。\n2024年3月1日") == ""
    assert agency_in_signature("没有落款") == ""


@pytest.mark.parametrize(
    ("agency", "place"),
    [
        ("北京市海淀区人民政府", "北京市海淀区"),
        ("浙江省杭州市财政局", "浙江省杭州市"),
        ("杭州住房公积金管理委员会", "杭州市"),
        ("国家税务总局深圳市税务局", "深圳市"),
        ("国务院办公厅", "全国"),
        ("财政部、税务总局", "全国"),
        ("国家税务总局", "全国"),
        ("市场监管总局", "全国"),
        ("某某协会", ""),
        ("", ""),
    ],
)
def test_a_body_belongs_to_a_place(agency: str, place: str) -> None:
    assert place_of(agency) == place
