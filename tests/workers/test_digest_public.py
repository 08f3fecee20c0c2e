"""The public edition: what it says, how it is drawn, and as page, feed, article and files."""

import json
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2
import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.wechat.mass import LONGEST_CONTENT
from core.errors import UsageError, ZhidaError
from core.vocabulary.load import Vocabulary
from matcher.models import Targeting
from policies.intake.importing import import_paths
from policies.models import Policy, PolicyKind, PolicyRelation, PolicyState, RelationKind
from tests.workers.conftest import NOON
from tests.workers.rows import policy_of, published
from workers.digest.article import draw_cover
from workers.digest.charts import draw_bars, draw_columns
from workers.digest.drafting import draft, drop, list_items, move, reword, take_back, write_foreword
from workers.digest.periods import parse_period, period_before, period_of
from workers.digest.printing import render_pdf
from workers.digest.public import Entry, Public, make_public
from workers.digest.releasing import release
from workers.digest.rendering import render_article, render_body, render_feed, render_page
from workers.models import Edition, EditionKind
from workers.runtime import Runtime

NOVEMBER = parse_period("2026-11")
FIRST = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
BASE = "https://zhida.example"


def drafted(runtime: Runtime, session: Session, who: str = "editor") -> Edition:
    return draft(session, NOVEMBER, runtime.vocabulary, who, FIRST)


def shown(runtime: Runtime, session: Session, edition: Edition) -> Public:
    return make_public(session, edition, runtime.vocabulary, BASE)


def numbers(session: Session, *targetings: Targeting) -> list[int]:
    return [policy_of(session, one).id for one in targetings]


@pytest.mark.parametrize(
    ("label", "name", "starts", "ends"),
    [
        ("2026-02", "2026年2月", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-12", "2026年12月", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-W53", "2026年第53周", date(2026, 12, 28), date(2027, 1, 3)),
        ("2026-Q4", "2026年第四季度", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_period(label: str, name: str, starts: date, ends: date) -> None:
    period = parse_period(label)
    assert (period.label, period.name, period.starts, period.ends) == (label, name, starts, ends)
    assert period_of(period.kind, ends) == period
    assert period_before(period).ends == date.fromordinal(starts.toordinal() - 1)


@pytest.mark.parametrize("label", ["2026-13", "2026-00", "2026", "2025-W53", "2026-Q5", "十月", ""])
def test_a_label_that_is_none(label: str) -> None:
    with pytest.raises(UsageError, match="期号"):
        parse_period(label)


def test_it_holds_the_months_policies_in_force_by_group_and_topic(runtime: Runtime, session: Session) -> None:
    published(session, "给个人的", date(2026, 11, 2))
    published(session, "给企业的", date(2026, 11, 3), sides=["enterprise"], topics=["E0101"])
    published(session, "给大家的", date(2026, 11, 4), sides=["enterprise", "individual"], topics=[])
    published(session, "十月的", date(2026, 10, 31))
    published(session, "不必推送的", pushable=False)
    policy_of(session, published(session, "已废止的")).state = PolicyState.REPEALED
    policy_of(session, published(session, "解读")).kind = PolicyKind.INTERPRETATION
    session.flush()
    public = shown(runtime, session, drafted(runtime, session))
    found = [(g.name, t.name, [e.title for e in t.entries]) for g in public.groups for t in g.topics]
    assert found == [
        ("企业", runtime.vocabulary.topics["E0101"].name, ["给企业的"]),
        ("个人", runtime.vocabulary.topics["P0301"].name, ["给个人的"]),
        ("企业和个人", "其他", ["给大家的"]),
    ]
    assert (public.title, public.count, public.figures["policies"]) == ("一月政策 · 2026年11月", 3, 3)
    assert public.figures["agencies"] == [["北京市海淀区人民政府", 3]]


def test_it_says_what_ends_soon_and_what_was_repealed(runtime: Runtime, session: Session) -> None:
    published(session, "快截止的", date(2026, 9, 1), closes=date(2026, 12, 20))
    published(session, "还早的", date(2026, 9, 1), closes=date(2027, 3, 1))
    old, new = published(session, "旧办法", date(2024, 1, 1), closes=None), published(session, "新办法", closes=None)
    old_id, new_id = numbers(session, old, new)
    session.add(PolicyRelation(source_id=new_id, kind=RelationKind.REPEALS, named="旧办法", target_id=old_id))
    session.flush()
    public = shown(runtime, session, drafted(runtime, session))
    assert [(one.title, one.deadline) for one in public.soon] == [("快截止的", "2026年12月20日")]
    assert public.ended == [("旧办法", "新办法")]


def test_staff_arrange_and_word_it_until_its_release(runtime: Runtime, session: Session) -> None:
    first, second, third = (published(session, name, date(2026, 11, day)) for day, name in enumerate("甲乙丙", 1))
    edition = drafted(runtime, session)
    one, two, three = numbers(session, first, second, third)
    move(session, edition.id, three, 1, "editor", NOON)
    drop(session, edition.id, one, "editor", NOON, why="重复")
    reword(session, edition.id, two, "乙的新名字", "一句话。", "editor", NOON)
    write_foreword(session, edition.id, "编者的话", two, "editor", NOON)
    assert [item.title for item in list_items(session, edition)] == ["丙", "乙的新名字"]
    drafted(runtime, session, "auto")  # brought up to date: what staff changed stays
    assert [item.title for item in list_items(session, edition)] == ["丙", "乙的新名字"]
    take_back(session, edition.id, one, "editor", NOON)
    public = shown(runtime, session, edition)
    assert (public.foreword, public.chosen and public.chosen.title) == ("编者的话", "乙的新名字")
    with pytest.raises(ZhidaError, match="没有这项政策"):
        drop(session, edition.id, 10_000, "editor", NOON)
    with pytest.raises(ZhidaError, match="标题不能为空"):
        reword(session, edition.id, two, " ", "", "editor", NOON)
    release(session, edition, runtime.vocabulary, runtime.settings, "chief", FIRST)
    with pytest.raises(ZhidaError, match="不能再改"):
        move(session, edition.id, one, 1, "editor", FIRST)


def test_what_is_released_does_not_change_with_what_comes_after(runtime: Runtime, session: Session) -> None:
    published(session, "甲")
    edition = drafted(runtime, session)
    release(session, edition, runtime.vocabulary, runtime.settings, "chief", FIRST)
    published(session, "迟到的")
    public = shown(runtime, session, edition)
    assert (public.count, public.figures["policies"]) == (1, 1)


def test_what_came_after_a_release_is_in_the_next_edition(runtime: Runtime, session: Session) -> None:
    """A month may be released some days before its end, and a policy may be brought in late."""
    dropped = published(session, "撤下的", date(2026, 11, 27))
    edition = drafted(runtime, session)
    drop(session, edition.id, *numbers(session, dropped), "editor", NOON)
    published(session, "发了的", date(2026, 11, 28))
    edition = drafted(runtime, session)
    release(session, edition, runtime.vocabulary, runtime.settings, "chief", NOON)
    late = policy_of(session, published(session, "迟到的", date(2026, 11, 30)))
    published(session, "早就有的", date(2026, 11, 29))
    late.created_at = FIRST
    published(session, "十二月的", date(2026, 12, 1))
    following = draft(session, period_of(EditionKind.MONTHLY, date(2026, 12, 1)), runtime.vocabulary, "editor", FIRST)
    assert [item.title for item in list_items(session, following)] == ["迟到的", "十二月的"]


def test_the_page_is_complete_in_itself_and_escapes_what_it_shows(runtime: Runtime, session: Session) -> None:
    published(session, "关于<script>alert(1)</script>的通知")
    page = render_page(shown(runtime, session, drafted(runtime, session)))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<svg ") == 2
    assert "@media print" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert f'href="{BASE}/p/' in page


def test_the_print_has_all_of_it_on_numbered_pages(runtime: Runtime, session: Session) -> None:
    for number in range(20):
        published(
            session, f"第{number}号通知 <i> & 很长的标题" + "很长" * 30, sides=["enterprise"] if number % 2 else []
        )
    old = published(session, "旧办法", date(2024, 1, 1), closes=None)
    old_id, new_id = numbers(session, old, published(session, "新办法"))
    session.add(PolicyRelation(source_id=new_id, kind=RelationKind.REPEALS, named="旧办法", target_id=old_id))
    edition = drafted(runtime, session)
    write_foreword(session, edition.id, "编者的话。", new_id, "editor", NOON)
    public = shown(runtime, session, edition)
    printed = render_pdf(public, "海淀政策", BASE)
    assert printed == render_pdf(public, "海淀政策", BASE)
    pages = PdfReader(BytesIO(printed)).pages
    words = [page.extract_text().replace("\n", "") for page in pages]
    assert all(said in words[0] for said in ("一月政策", "2026年11月", "海淀政策", "编者的话。", "草稿，尚未发布"))
    assert "第1页" not in words[0]
    assert all(f"第{number}页" in page for number, page in enumerate(words[1:], 2))
    whole = "".join(words)
    for heading in ("本期数字", "各主题政策数", "每日发布数", "编辑推荐", "企业", "即将截止", "本期废止"):
        assert heading in whole
    assert all(f"第{number}号通知 <i> &" in whole for number in range(20))
    assert "由《新办法》废止" in whole
    links = [note.get_object()["/A"]["/URI"] for page in pages for note in page.get("/Annots", [])]
    assert set(links) == {f"{BASE}/digest/2026-11", *(entry.link for entry in entries_of(public))}


def test_the_print_of_nothing_says_so(runtime: Runtime, session: Session) -> None:
    printed = render_pdf(shown(runtime, session, drafted(runtime, session)), "海淀政策", BASE)
    assert "本期没有新政策" in "".join(page.extract_text() for page in PdfReader(BytesIO(printed)).pages)


def test_the_print_shows_its_code_and_its_charts(runtime: Runtime, session: Session) -> None:
    for number in range(12):
        published(session, f"第{number}号通知")
    printed = render_pdf(shown(runtime, session, drafted(runtime, session)), "海淀政策", BASE)
    with pypdfium2.PdfDocument(printed) as seen:
        assert [round(side) for side in seen.get_page_size(0)] == [595, 842]
        cover, charts = (seen[at].render(scale=0.5, grayscale=True).to_numpy() for at in range(2))
    assert 0.005 < (cover < 128).mean() < 0.1  # mostly the code: whether there is a Chinese font doesn't matter
    assert 0.005 < (charts < 128).mean() < 0.3


def entries_of(public: Public) -> list[Entry]:
    return [*public.soon, *(entry for group in public.groups for topic in group.topics for entry in topic.entries)]


def test_the_feed_is_rss_with_its_entries(runtime: Runtime, session: Session) -> None:
    published(session, "甲 & 乙")
    public = shown(runtime, session, drafted(runtime, session))
    feed = ElementTree.fromstring(render_feed([(public, FIRST)], BASE))  # noqa: S314 - our own
    assert feed.attrib["version"] == "2.0"
    [item] = feed.iter("item")
    assert item.findtext("title") == "一月政策 · 2026年11月"
    assert item.findtext("guid") == f"{BASE}/digest/2026-11"
    assert item.findtext("pubDate") == "Tue, 01 Dec 2026 00:30:00 +0000"
    assert "甲 &amp; 乙" in str(item.findtext("description"))


def test_the_article_stays_within_what_wechat_takes(runtime: Runtime, session: Session) -> None:
    for number in range(60):
        published(session, f"{number:03}" + "很长的标题" * 80)
    article = render_article(shown(runtime, session, drafted(runtime, session)), "thumb", BASE)
    assert len(article.to_json()["content"]) < LONGEST_CONTENT
    assert f"{BASE}/digest/2026-11" in article.content
    assert article.content.endswith("</p>")


def test_the_article_says_numbers_choice_and_what_ends(runtime: Runtime, session: Session) -> None:
    old = published(session, "旧<办法>", date(2024, 1, 1), closes=None)
    old_id, new_id = numbers(session, old, published(session, "新办法", closes=date(2026, 12, 20)))
    session.add(PolicyRelation(source_id=new_id, kind=RelationKind.REPEALS, named="旧办法", target_id=old_id))
    edition = drafted(runtime, session)
    write_foreword(session, edition.id, "第一段。\n第二段。", new_id, "editor", NOON)
    content = render_article(shown(runtime, session, edition), "thumb", BASE).content
    topic = runtime.vocabulary.topics["P0301"].name
    for said in (
        "<p>第一段。</p><p>第二段。</p>",
        "2026年11月新政策1项，有申报期限1项，即将截止1项，废止1项",
        f"各主题政策数：{topic}1",
        "编辑推荐",
        "<p>新办法<strong> 2026年12月20日截止</strong></p>",
        "旧&lt;办法&gt;（由《新办法》废止）",
        f"打印版：{BASE}/digest/2026-11.pdf",
    ):
        assert said in content


def test_an_edition_of_nothing_has_a_page(runtime: Runtime, session: Session) -> None:
    body = render_body(shown(runtime, session, drafted(runtime, session)))
    assert "本期没有新政策" in body
    assert "<svg" not in body


def test_charts_say_their_numbers_to_those_who_do_not_see_them() -> None:
    bars = draw_bars("各主题政策数", [("就业 & 社保", 3), ("税费", 1)])
    assert 'role="img"' in bars
    assert 'aria-label="各主题政策数：就业 &amp; 社保3项，税费1项"' in bars
    columns = draw_columns("每日发布数", [("1", 0), ("2", 4), ("3", 1)])
    assert 'aria-label="每日发布数：2日4项，3日1项"' in columns
    assert "最多4" in columns
    for svg in (bars, columns):
        ElementTree.fromstring(svg)  # noqa: S314 - our own
    assert draw_bars("空", []) == draw_columns("空", []) == ""


def test_every_kind_of_edition_has_a_name(runtime: Runtime, session: Session, vocabulary: Vocabulary) -> None:
    for kind in EditionKind:
        period = period_of(kind, date(2026, 11, 10))
        edition = draft(session, period, vocabulary, "editor", FIRST)
        assert period.name in shown(runtime, session, edition).title


@pytest.fixture
def vocabulary(runtime: Runtime) -> Vocabulary:
    return runtime.vocabulary


def test_the_cover_is_a_picture() -> None:
    cover = draw_cover()
    assert cover.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", cover[16:24]) == (900, 383)
    assert len(cover) < 10_000


@pytest.mark.material
def test_a_month_of_real_titles(runtime: Runtime, shared_material: Callable[[str], Path], tmp_path: Path) -> None:
    """What seven governments published in May 2022: every one that holds is in it, and the page can be drawn."""
    lines = shared_material("corpus/policy_titles_dates_7_governments.jsonl").read_text(encoding="utf-8").splitlines()
    month = [line for line in lines if str(json.loads(line).get("published_date")).startswith("2022-05")]
    path = tmp_path / "titles.jsonl"
    path.write_text("\n".join(month), encoding="utf-8")
    report = import_paths(runtime.sessions, [path], lambda: FIRST, lambda _: None)
    with runtime.sessions() as session:
        public = shown(runtime, session, draft(session, parse_period("2022-05"), runtime.vocabulary, "auto", FIRST))
        held = (
            select(func.count())
            .select_from(Policy)
            .where(
                Policy.state == PolicyState.IN_FORCE,
                Policy.kind.in_(("document", "guide", "call")),
                Policy.published_date.between(date(2022, 5, 1), date(2022, 5, 31)),
            )
        )
        assert public.count == session.scalar(held)
    assert 100 < public.count <= len(report.new)
    page = render_page(public)
    assert page.count("<li>") >= public.count
    assert len(render_article(public, "thumb", BASE).content) < LONGEST_CONTENT
