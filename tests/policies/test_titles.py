"""What a title alone tells."""

import pytest

from policies.models import PolicyKind
from policies.titles import kind_of, stem


@pytest.mark.parametrize(
    "title",
    [
        "北京市人民政府办公厅关于印发《北京市积分落户管理办法》的通知",
        "《北京市积分落户管理办法》",
        "北京市积分落户管理办法",
        "【北京市】北京市人民政府办公厅关于印发 《北京市积分落户管理办法》的通知",
        "市政府办公厅关于转发《北京市积分落户管理办法》的通知",
    ],
)
def test_the_same_document_has_one_stem_however_it_is_cited(title: str) -> None:
    assert stem(title) == "北京市积分落户管理办法"


def test_a_stem_keeps_what_tells_documents_apart() -> None:
    assert stem("国务院关于提高个人所得税有关专项附加扣除标准的通知") == "提高个人所得税有关专项附加扣除标准的通知"
    assert stem("北京市积分落户管理办法（试行）") != stem("北京市积分落户管理办法")
    assert stem("——") == "——"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("《关于进一步加大稳就业政策支持力度的通知》政策解读", PolicyKind.INTERPRETATION),
        ("人力资源社会保障部有关负责人就渐进式延迟退休答记者问", PolicyKind.INTERPRETATION),
        ("一图读懂育儿补贴制度", PolicyKind.INFOGRAPHIC),
        ("育儿补贴申领办事指南", PolicyKind.GUIDE),
        ("关于组织开展2025年度专精特新中小企业申报工作的通知", PolicyKind.CALL),
        ("2025年度科技型中小企业申报指南", PolicyKind.CALL),
        ("国务院关于印发个人所得税专项附加扣除暂行办法的通知", PolicyKind.DOCUMENT),
    ],
)
def test_the_sort_of_text_is_read_from_the_title(title: str, kind: PolicyKind) -> None:
    assert kind_of(title) == kind
