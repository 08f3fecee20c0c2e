"""Policies as JSON lines: tolerant in form, strict in what would be wrong."""

import json
from datetime import date
from typing import Any

import pytest

from policies.intake.json_lines import read
from policies.models import PolicyKind, PolicyState, RelationKind
from policies.policy_text import Mention, PolicyText, Refusal


def lines(*rows: Any) -> bytes:
    return "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows).encode()


def test_every_field_arrives() -> None:
    row = {
        "id": "bj-1",
        "title": "关于开展就业见习的通知",
        "text": "一、支持对象",
        "doc_number": "京人社就发〔2024〕1号",
        "agency": "北京市人力资源和社会保障局",
        "region": "北京市",
        "url": "https://rsj.beijing.gov.cn/a.html",
        "kind": "call",
        "published_date": "2024-03-02",
        "written_date": "2024年3月1日",
        "effective_date": "2024/4/1",
        "expires_date": "2026-12-31",
        "validity": "失效",
        "topic_category": "就业",
        "labels": {"ignored": True},
        "relations": [{"kind": "interprets", "target": "国办发〔2025〕25号"}],
    }
    (policy,) = read(lines(row), "a.jsonl")
    assert policy == PolicyText(
        title="关于开展就业见习的通知",
        source="a.jsonl 第1行",
        text="一、支持对象",
        doc_number="京人社就发〔2024〕1号",
        agency="北京市人力资源和社会保障局",
        region="北京市",
        url="https://rsj.beijing.gov.cn/a.html",
        kind=PolicyKind.CALL,
        published_date=date(2024, 3, 2),
        written_date=date(2024, 3, 1),
        effective_date=date(2024, 4, 1),
        expires_date=date(2026, 12, 31),
        state=PolicyState.EXPIRED,
        details={"编号": "bj-1", "主题分类": "就业"},
        mentions=(Mention(RelationKind.INTERPRETS, "国办发〔2025〕25号"),),
    )


def test_absent_null_and_nan_are_nothing() -> None:
    (policy,) = read(b'{"title": "T", "text": null, "doc_number": NaN, "published_date": ""}', "a.jsonl")
    assert policy == PolicyText(title="T", source="a.jsonl 第1行")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"title": "断了', "不是有效的 JSON"),
        ("[" * 100_000, "不是有效的 JSON"),
        ([1, 2], "应是一个 JSON 对象"),
        ({"text": ""}, "缺少标题"),
        ({"title": " ", "text": "短"}, "缺少标题"),
        ({"title": "很" * 501}, "标题超过 500 字"),
        ({"title": ["甲"]}, "字段 title 应是文字"),
        ({"title": "甲", "published_date": "2024-13-45"}, r"发布日期（published_date）有误：日期“2024-13-45”不存在"),
        ({"title": "甲", "kind": "law"}, "字段 kind 的值“law”不认识"),
        ({"title": "甲", "relations": "乙"}, "字段 relations 应是列表"),
        ({"title": "甲", "relations": [{"kind": "repeals"}]}, "字段 relations 每项应有 kind"),
    ],
)
def test_a_broken_line_is_refused_and_the_others_kept(row: Any, reason: str) -> None:
    first, refusal, last = read(lines({"title": "第一"}, row, {"title": "第三"}), "a.jsonl")
    assert isinstance(refusal, Refusal)
    assert refusal.where == "a.jsonl 第2行"
    assert refusal.reason.startswith(reason)
    assert [first, last] == [
        PolicyText(title="第一", source="a.jsonl 第1行"),
        PolicyText(title="第三", source="a.jsonl 第3行"),
    ]


def test_a_line_without_a_title_takes_it_from_its_text() -> None:
    texts = [
        {"title": "nan", "text": "标 题:关于调整公积金的通知\n文 号:某发〔2024〕1号"},
        {"title": "2022-08-16 00:00:00", "text": "2022-08-16 00:00:00 | 【官方】宿州市监管资金放宽 | 对信用A级企业。"},
        {"title": "", "text": f"为支持{'很' * 80}多人的住房需求，制定本办法。"},
    ]
    found = [policy for policy in read(lines(*texts), "a.jsonl") if isinstance(policy, PolicyText)]
    assert [policy.title for policy in found] == [
        "关于调整公积金的通知",
        "【官方】宿州市监管资金放宽",
        "为支持" + "很" * 57 + "…",
    ]
    assert all(policy.derived_title for policy in found)


def test_a_gb18030_file_with_blank_lines_counts_its_lines_right() -> None:
    content = '{"title": "甲"}\r\n\r\n坏\r\n{"title": "乙"}\r\n'.encode("gb18030")
    first, bad, last = read(content, "a.jsonl")
    assert isinstance(bad, Refusal)
    assert (first.source, bad.where, last.source) == ("a.jsonl 第1行", "a.jsonl 第3行", "a.jsonl 第4行")  # type: ignore[union-attr]  # both are policies: the lines are whole
