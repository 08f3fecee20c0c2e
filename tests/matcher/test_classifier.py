"""The shipped classifier: plain cases right, odd ones survived, a changed byte refused."""

import json
import shutil
from pathlib import Path

import pytest

from core.errors import ZhidaError
from core.vocabulary.fields import Side
from core.vocabulary.load import load_vocabulary
from matcher.classifier import SHIPPED, LinearClassifier, load_classifier
from matcher.document import Document


@pytest.fixture(scope="module")
def classifier() -> LinearClassifier:
    return load_classifier(None)


def _titled(title: str, text: str = "") -> Document:
    return Document(id="1", title=title, text=text)


@pytest.mark.parametrize(
    ("title", "topic", "sides"),
    [
        ("武汉市高新技术企业认定奖励实施细则", "E0404", [Side.ENTERPRISE]),
        ("温州市中小微企业应急转贷资金管理办法", "E0401", [Side.ENTERPRISE]),
        ("关于开展2026年度农机购置补贴工作的通知", "E0415", None),
        ("关于提高住房公积金租房提取额度的通知", "P0502", [Side.INDIVIDUAL]),
        ("长沙市高龄津贴发放办法", "P0902", [Side.INDIVIDUAL]),
        ("残疾人两项补贴申领指南", "P0802", [Side.INDIVIDUAL]),
        ("关于进一步加强危险化学品安全生产工作的通知", "E0413", None),
    ],
)
def test_plain_titles(classifier: LinearClassifier, title: str, topic: str, sides: list[Side] | None) -> None:
    said = classifier.classify(_titled(title))
    assert said.topics[0] == topic
    assert said.pushable
    if sides:
        assert said.sides == sides


@pytest.mark.parametrize(
    "title",
    [
        "关于张三同志任职的通知",
        "市政府办公室关于成立市质量强市工作领导小组的通知",
        "关于2026年度法治政府建设考核结果的通报",
        "关于同意设立某某收费站的批复",
    ],
)
def test_internal_business_is_not_pushed(classifier: LinearClassifier, title: str) -> None:
    said = classifier.classify(_titled(title))
    assert not said.pushable


@pytest.mark.parametrize("title", ["", " \n\t", "Notice on the Management of Funds", "12345", "★※→", "a" * 5000])
def test_what_cannot_be_read_is_said_to_be_nothing(classifier: LinearClassifier, title: str) -> None:
    said = classifier.classify(_titled(title))
    assert (said.pushable, said.sides, said.topics, said.types) == (False, [], [], [])
    assert set(said.scores.values()) == {0.0}


def test_script_and_width_make_no_difference(classifier: LinearClassifier) -> None:
    plain = classifier.classify(_titled("关于2026年住房公积金贷款额度的通知"))
    odd = classifier.classify(_titled("關於２０２６年住房公積金貸款額度的通知"))
    assert odd == plain


def test_the_place_makes_no_difference(classifier: LinearClassifier) -> None:
    here, there = (classifier.classify(_titled(f"{place}困难残疾人生活补贴实施办法")) for place in ("上海市", "绵阳市"))
    assert here == there


def test_a_text_of_two_megabytes_costs_no_more_than_its_start(classifier: LinearClassifier) -> None:
    start = "为支持企业研发，对高新技术企业给予奖励。" * 200
    assert classifier.classify(_titled("若干措施", start)) == classifier.classify(
        _titled("若干措施", start + "的" * 700_000)
    )


def test_probabilities_and_codes_are_sound(classifier: LinearClassifier) -> None:
    vocabulary = load_vocabulary()
    said = classifier.classify(_titled("关于促进消费和旅游发展的若干措施", "发放消费券，支持旅行社和酒店。" * 20))
    assert set(said.scores) == set(vocabulary.topics)
    assert all(0 <= value <= 1 for value in said.scores.values())
    assert 1 <= len(said.topics) <= 4
    assert len(set(said.topics)) == len(said.topics)
    assert set(said.types) <= set(vocabulary.types)


@pytest.mark.parametrize("name", ["weights.npz", "tokens.txt", "lexicon.json", "card.json"])
def test_a_changed_byte_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "artifact"
    shutil.copytree(SHIPPED, folder)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(ZhidaError, match=f"{name} 缺失或被改动"):
        load_classifier(folder)


@pytest.mark.parametrize("manifest", [None, "{", "[]", '{"format": 99, "sha256": {}}'])
def test_a_broken_manifest_is_refused(tmp_path: Path, manifest: str | None) -> None:
    folder = tmp_path / "artifact"
    shutil.copytree(SHIPPED, folder)
    if manifest is None:
        (folder / "manifest.json").unlink()
    else:
        (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(ZhidaError, match=r"清单|格式"):
        load_classifier(folder)


def test_the_shipped_artifact_is_small_and_tells_of_itself() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 10 * 1024 * 1024
    card = json.loads((SHIPPED / "card.json").read_text(encoding="utf-8"))
    assert card["version"] == load_classifier(None).version
    assert {"documents", "trained_on", "scores", "topics", "protocol", "seed", "versions"} <= card.keys()
    assert card["topics"].keys() <= load_vocabulary().topics.keys()
