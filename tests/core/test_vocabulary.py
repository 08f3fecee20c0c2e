"""The vocabulary loads whole, refuses what is broken by its line, and can be replaced file by file."""

import json
import shutil
from pathlib import Path

import pytest

from core.errors import InputError
from core.vocabulary import load as loading
from core.vocabulary.codes import industry_covers, region_covers, region_prefix
from core.vocabulary.fields import FIELDS, OPERATORS, Kind, Side, list_fields, place_field
from core.vocabulary.load import load_vocabulary

DATA = Path(loading.__file__).parent / "data"
WORDS = load_vocabulary()


def test_the_tables_are_complete() -> None:
    assert (len(WORDS.list_topics(Side.ENTERPRISE)), len(WORDS.list_topics(Side.INDIVIDUAL))) == (28, 29)
    assert (len(WORDS.list_types(Side.ENTERPRISE)), len(WORDS.list_types(Side.INDIVIDUAL))) == (7, 10)
    assert sum(region.level == 1 for region in WORDS.regions.values()) == 34
    assert sum(len(code) == 3 for code in WORDS.industries) == 97
    assert len(WORDS.sizes) == 16


def test_names_are_told_as_people_say_them() -> None:
    assert WORDS.region_name("330302") == "浙江省温州市鹿城区"
    assert WORDS.region_name("110108") == "北京市海淀区"
    assert WORDS.region_name("000000") == "全国"
    assert WORDS.region_name("999999") == "999999"
    assert WORDS.industry_name("C3921") == "计算机、通信和其他电子设备制造业"
    assert WORDS.industry_name("Z") == "Z"
    assert WORDS.qualification_name("high-tech-enterprise") == "高新技术企业"
    assert WORDS.qualification_name("某某称号") == "某某称号"
    assert WORDS.qualification_keys["高企"] == "high-tech-enterprise"


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("000000", "330302", True),
        ("110000", "110108", True),
        ("440100", "440106", True),
        ("440100", "440300", False),
        ("110108", "110000", None),
        ("110000", "000000", None),
        ("110000", "120000", False),
        ("100000", "110000", False),
    ],
)
def test_places_cover_downwards(outer: str, inner: str, covered: bool | None) -> None:
    assert region_covers(outer, inner) is covered


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [("C", "C3921", True), ("C39", "C39", True), ("C39", "C", None), ("C39", "C40", False), ("I65", "J66", False)],
)
def test_industries_cover_downwards(outer: str, inner: str, covered: bool | None) -> None:
    assert industry_covers(outer, inner) is covered


def test_the_prefix_of_a_place() -> None:
    assert [region_prefix(c) for c in ("000000", "110000", "440100", "110108")] == ["", "11", "4401", "110108"]


def test_the_registry_speaks_of_both_sides() -> None:
    assert place_field(Side.ENTERPRISE).name == "region"
    assert place_field(Side.INDIVIDUAL).name == "residence_region"
    assert all(field.kind is not Kind.OPEN for side in Side for field in list_fields(side))
    assert all(OPERATORS[field.kind] for field in FIELDS.values())
    assert FIELDS["education"].word_label("bachelor") == "本科"
    assert FIELDS["education"].word_label("其他") == "其他"


def replaced(folder: Path, name: str, number: int, line: str) -> Path:
    """A folder with one file of the vocabulary, in which line `number` is another."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    lines[number - 1] = line
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "number", "line", "words"),
    [
        ("topics.jsonl", 7, '{"code": "E0', "topics.jsonl 第7行：不是有效的 JSON"),
        ("topics.jsonl", 3, '{"code": "X1"}', "topics.jsonl 第3行：字段 code 有误"),
        ("regions.csv", 5, "11010,东城区,3,110100,", "regions.csv 第5行：字段 code 有误"),
        ("regions.csv", 4, "110101,东城区,3,119900,", "regions.csv：110101 引用了不存在的上级区划 119900"),
        ("qualifications.jsonl", 2, (DATA / "qualifications.jsonl").read_text("utf-8").splitlines()[0], "编码 .* 重复"),
    ],
)
def test_a_broken_file_is_refused_by_its_line(tmp_path: Path, name: str, number: int, line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_vocabulary(replaced(tmp_path, name, number, line))


def test_a_reference_to_nothing_is_refused(tmp_path: Path) -> None:
    first = json.loads((DATA / "topics.jsonl").read_text("utf-8").splitlines()[0])
    with pytest.raises(InputError, match="引用了不存在的类型 ET99"):
        load_vocabulary(replaced(tmp_path, "topics.jsonl", 1, json.dumps({**first, "audience": ["ET99"]})))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sizes.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(InputError, match="没有任何内容"):
        load_vocabulary(tmp_path)


def test_an_operators_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    shutil.copy(DATA / "colloquial.jsonl", tmp_path)
    with (tmp_path / "colloquial.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"say": "本市的说法", "official": ["政策用语"], "topic": "P0301"}\n')
    assert load_vocabulary(tmp_path).colloquial[-1].say == "本市的说法"
