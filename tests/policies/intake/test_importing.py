"""Files into the library: one policy per document, versions, refusals, and nothing half-written."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from core.database import Sessions, unit_of_work
from core.errors import InputError
from policies.intake.files import Found, read_bytes
from policies.intake.importing import ImportReport, import_paths
from policies.library import current_version, find_policy
from policies.models import Policy, PolicyVersion

TEXT = "一、支持对象：本市中小企业。"


def clock() -> datetime:
    return datetime(2025, 10, 15, tzinfo=UTC)


@pytest.fixture
def bring_in(sessions: Sessions, tmp_path: Path) -> Callable[..., ImportReport]:
    """Imports rows from a jsonl file called `name`."""

    def bring(*rows: Any, name: str = "a.jsonl") -> ImportReport:
        path = tmp_path / name
        path.write_text(
            "\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows), "utf-8"
        )
        return import_paths(sessions, [path], clock)

    return bring


def row(title: str = "关于印发《某市某事办法》的通知", **fields: Any) -> dict[str, Any]:
    return {"title": title, "text": TEXT, **fields}


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return len(report.new), len(report.same), len(report.changed), len(report.refused)


def test_the_same_document_twice_is_one_policy(bring_in: Callable[..., ImportReport], sessions: Sessions) -> None:
    numbered = row(doc_number="某政发〔2024〕1号", url="https://www.a.gov.cn/1.html")
    assert counts(bring_in(numbered)) == (1, 0, 0, 0)
    again = bring_in(
        numbered,
        row(doc_number="某政发[2024]第01号", text="一、支持对象： 本市中小企业。 "),
        row("《某市某事办法》", doc_number="某政发〔2024〕1号", text=""),
    )
    assert counts(again) == (0, 3, 0, 0)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(PolicyVersion)) == 1
    assert {one.policy_id for one in again.same} == {again.same[0].policy_id}


def test_a_page_without_number_is_the_numbered_one_at_its_address(bring_in: Callable[..., ImportReport]) -> None:
    first = bring_in(row(url="https://www.a.gov.cn/1.html", doc_number="某政发〔2024〕1号"))
    again = bring_in(row(url="https://www.a.gov.cn/1.html"))
    retitled = bring_in(row("关于某事", url="https://www.a.gov.cn/1.html", doc_number="某政发〔2024〕1号"))
    assert again.same[0].policy_id == retitled.changed[0].policy_id == first.new[0].policy_id


def test_what_only_shares_number_or_address_is_another_policy(bring_in: Callable[..., ImportReport]) -> None:
    report = bring_in(
        row("律师事务所设立", url="https://www.a.gov.cn/items"),
        row("公证机构设立", url="https://www.a.gov.cn/items"),
        row("关于建立医院制度的意见", doc_number="某政办〔2018〕4号"),
        row("关于网站抽查情况的通报", doc_number="某政办〔2018〕4号"),
        row("通知", agency="甲局"),
        row("通知", agency="乙局"),
    )
    assert counts(report) == (6, 0, 0, 0)


def test_a_changed_text_is_the_next_version(bring_in: Callable[..., ImportReport], sessions: Sessions) -> None:
    bring_in(row(doc_number="某政发〔2024〕1号"))
    changed = bring_in(row(doc_number="某政发〔2024〕1号", text="一、支持对象：本市企业。", agency="某市人民政府"))
    assert counts(changed) == (0, 0, 1, 0)
    with sessions() as session:
        policy = find_policy(session, "某政发〔2024〕1号")
        version = current_version(session, policy.id)
        assert (version.number, version.text, policy.agency) == (2, "一、支持对象：本市企业。", "某市人民政府")
        assert version.id == changed.changed[0].version_id
    assert counts(bring_in(row(doc_number="某政发〔2024〕1号"))) == (0, 1, 0, 0)


def test_versions_within_one_file_follow_its_order(bring_in: Callable[..., ImportReport], sessions: Sessions) -> None:
    report = bring_in(row(text="甲"), row(text="乙"), row(text="甲"), row(text=""))
    assert counts(report) == (1, 2, 1, 0)
    assert report.same[0].version_id == report.new[0].version_id
    assert report.same[1].version_id == report.changed[0].version_id
    with sessions() as session:
        assert current_version(session, report.new[0].policy_id).text == "乙"


def test_a_page_that_says_it_is_repealed_becomes_so(bring_in: Callable[..., ImportReport], sessions: Sessions) -> None:
    bring_in(row())
    assert counts(bring_in(row(validity="已废止"))) == (0, 1, 0, 0)
    with sessions() as session:
        assert session.scalars(select(Policy.state)).all() == ["repealed"]


def test_a_broken_line_7_is_named_and_the_rest_kept(bring_in: Callable[..., ImportReport]) -> None:
    rows: list[Any] = [row(f"第{n}号办法") for n in range(1, 10)]
    rows[6] = '{"title": "断'
    report = bring_in(*rows)
    assert counts(report) == (8, 0, 0, 1)
    assert (report.refused[0].where, report.refused[0].reason) == ("a.jsonl 第7行", "不是有效的 JSON")


def test_bad_files_are_named_with_their_reason_and_good_ones_kept(sessions: Sessions, tmp_path: Path) -> None:
    (tmp_path / "空.txt").write_bytes(b"")
    (tmp_path / "图片.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(4000))
    (tmp_path / "好.txt").write_bytes("某市某事办法\n一、支持对象".encode("gb18030"))
    (tmp_path / "空行.jsonl").write_bytes("\n\n﻿\n".encode())
    (tmp_path / "SOURCES.md").write_text("not for import")
    (tmp_path / ".hidden.txt").write_text("not for import")
    with (tmp_path / "大.html").open("wb") as large:
        large.truncate(50 * 1024 * 1024)
    deeper = tmp_path / "内层"
    deeper.mkdir()
    (deeper / "坏.docx").write_bytes(b"PK\x03\x04")
    (tmp_path / "别的.xyz").write_bytes(b"?")
    report = import_paths(sessions, [tmp_path, tmp_path / "没有.txt", tmp_path / "别的.xyz"], clock)
    assert [one.source for one in report.new] == ["好.txt"]
    assert {one.where: one.reason for one in report.refused} == {
        "内层/坏.docx": "不是有效的 Word 文件（.docx）",
        "图片.html": "不是文本文件（内容是二进制）：请检查扩展名是否正确",
        "大.html": "文件过大：50 MB，上限 32 MB，请拆分后导入",
        "空.txt": "文件是空的",
        "空行.jsonl": "文件里没有政策",
        str(tmp_path / "没有.txt"): "文件不存在",
        "别的.xyz": "不支持的文件格式“.xyz”，可导入 .docx、.htm、.html、.jsonl、.ofd、.pdf、.shtml、.txt",
    }


def test_a_folder_without_policies_is_refused(sessions: Sessions, tmp_path: Path) -> None:
    report = import_paths(sessions, [tmp_path], clock)
    assert [one.reason[:15] for one in report.refused] == ["文件夹里没有可导入的文件（.do"[:15]]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^甲：文件打不开"):
        read_bytes(Found(tmp_path, "甲"))


def test_a_failing_database_leaves_nothing_of_the_file_and_all_of_those_before(
    sessions: Sessions, tmp_path: Path
) -> None:
    (tmp_path / "1.txt").write_text("甲办法\n正文", "utf-8")
    (tmp_path / "2.jsonl").write_text('{"title": "乙办法"}\n{"title": "丙办法"}', "utf-8")
    with unit_of_work(sessions) as session:
        session.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "IF NEW.title = '丙办法' THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$"
            )
        )
        session.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON policy_versions FOR EACH ROW EXECUTE FUNCTION refuse()")
        )
    try:
        with pytest.raises(DBAPIError, match="refused"):
            import_paths(sessions, [tmp_path], clock)
    finally:
        with unit_of_work(sessions) as session:
            session.execute(text("DROP FUNCTION refuse() CASCADE"))
    with sessions() as session:
        assert session.scalars(select(Policy.title)).all() == ["甲办法"]


def test_progress_counts_every_text_once(sessions: Sessions, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(f'{{"title": "第{n}号办法"}}' for n in range(2500)), "utf-8")
    told: list[int] = []
    report = import_paths(sessions, [tmp_path / "a.jsonl"], clock, told.append)
    assert told == [2000, 500]
    assert len({one.policy_id for one in report.new}) == 2500


def test_dates_and_place_are_filled_in(bring_in: Callable[..., ImportReport], sessions: Sessions) -> None:
    body = "本办法自2024年4月1日起施行，有效期至2026年12月31日。\n北京市海淀区人民政府\n2024年3月1日"
    bring_in(row("海淀区某事办法", text=body))
    with sessions() as session:
        policy = find_policy(session, "海淀区某事")
        version = current_version(session, policy.id)
        assert (policy.agency, policy.region) == ("北京市海淀区人民政府", "北京市海淀区")
        assert (version.written_date, version.effective_date) == (date(2024, 3, 1), date(2024, 4, 1))
        assert version.details == {"失效日期": "2026-12-31"}
