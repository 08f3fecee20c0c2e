"""Made-up documents with labels, enough to train a small classifier: six topics, forms that are pushed and not."""

import json
from pathlib import Path
from typing import Any

_SUBJECTS = {
    "E0404": ("高新技术企业认定奖励", "研发费用后补助", "科技成果转化", "重点实验室建设", "孵化器认定"),
    "E0401": ("小微企业贷款贴息", "融资担保风险补偿", "应急转贷资金", "知识产权质押贷款", "普惠金融服务"),
    "E0415": ("农机购置补贴", "高标准农田建设", "畜禽养殖扶持", "家庭农场培育", "种业振兴"),
    "P0902": ("高龄津贴发放", "养老机构护理补贴", "老年助餐服务", "居家养老服务", "老年人优待"),
    "P0502": ("住房公积金贷款额度", "租房提取公积金", "公积金缴存基数", "商转公贷款", "异地公积金转移"),
    "P0201": ("义务教育入学", "幼儿园招生", "随迁子女就学", "中小学课后服务", "小学划片"),
}
_TYPES = {"E0415": ["ET07"], "P0902": ["PT06"], "P0201": ["PT02"]}
_PLACES = ("甲市", "乙县", "丙区")
_FORMS = ("关于{}的通知", "{}管理办法", "{}实施细则", "{}办事指南")


def _row(number: int, title: str, topics: list[str], pushable: bool) -> dict[str, Any]:
    side = {"E": "enterprise", "P": "individual"}
    return {
        "id": f"s-{number}",
        "title": title,
        "text": f"为做好{title}，制定本办法。" if number % 2 else "",
        "pushable": pushable,
        "sides": [side[topics[0][0]]] if pushable else [],
        "topics": topics,
        "types": _TYPES.get(topics[0], []) if pushable and topics else [],
    }


def sample_rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for topic, subjects in _SUBJECTS.items():
        for subject in subjects:
            rows += [
                _row(len(rows) + n, place + form.format(subject), [topic], True)
                for n, (place, form) in enumerate((p, f) for p in _PLACES for f in _FORMS)
            ]
    rows += [
        _row(len(rows) + n, f"{place}关于李某某等{n}人任免职务的通知", [], False)
        for n, place in enumerate(_PLACES * 20)
    ]
    return rows


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path
