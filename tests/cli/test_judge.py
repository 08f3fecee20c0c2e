"""`zhida judge`: every pair judged, bad lines told by number, the others answered all the same."""

import json
import os
from pathlib import Path

from tests.cli.conftest import Zhida

CRITERIA = """\
{"id": "p1", "sides": ["enterprise"], "types": [], "region": "110000", "conditions": {"all": [
 {"field": "revenue_wan", "op": "ge", "value": 2000, "quote": "营业收入2000万元以上"},
 {"field": "other", "op": "eq", "value": "运行良好", "quote": "运行良好"}]}}
""".replace("\n ", " ")
PROFILES = """\
{"id": "a", "kind": "enterprise", "region": "110108", "revenue_wan": 2000}
{"id": "b", "kind": "enterprise", "region": "110108"}
{"id": "c", "kind": "enterprise", "region": "330302", "revenue_wan": 9999}
{"id": "d", "kind": "individual", "residence_region": "110108"}
{"id": "e", "kind": "enterprise", "region": "110108", "revenue_wan": "很多"}
"""


def test_pairs_are_judged_with_reasons(zhida: Zhida, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(CRITERIA, encoding="utf-8")
    (tmp_path / "p.jsonl").write_text(PROFILES, encoding="utf-8")
    result = zhida("judge", "c.jsonl", "p.jsonl", "-o", "out.jsonl")
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert {a["profile"]: (a["verdict"], a["favourable"]) for a in answers} == {
        "a": ("unknown", "yes"),
        "b": ("unknown", "unknown"),
        "c": ("no", "no"),
        "d": ("no", "no"),
    }
    assert answers[1]["missing"] == ["revenue_wan"]
    assert any(r["quote"] == "营业收入2000万元以上" for r in answers[0]["reasons"])
    assert result.returncode == 1
    assert "p.jsonl 第5行" in result.stderr


def test_what_is_no_file_is_written_to_and_not_replaced(zhida: Zhida, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(CRITERIA, encoding="utf-8")
    (tmp_path / "p.jsonl").write_text(PROFILES, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    kept = os.open(tmp_path / "pipe", os.O_RDWR)  # so that the writer need not wait for a reader
    zhida("judge", "c.jsonl", "p.jsonl", "-o", "pipe")
    assert (tmp_path / "pipe").is_fifo()
    assert len(os.read(kept, 1 << 16).splitlines()) == 4
    os.close(kept)


def test_without_an_output_file_answers_go_to_standard_output(zhida: Zhida, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(CRITERIA, encoding="utf-8")
    (tmp_path / "p.jsonl").write_text(PROFILES.splitlines()[0] + "\n", encoding="utf-8")
    result = zhida("judge", "c.jsonl", "p.jsonl")
    assert result.returncode == 0
    [answer] = [json.loads(line) for line in result.stdout.splitlines()]
    assert answer["policy"] == "p1"
