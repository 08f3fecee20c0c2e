import json
from typing import Any

from core.errors import InputError
from core.vocabulary.load import load_vocabulary
from matcher.judging import Lines, judge_files

VOCABULARY = load_vocabulary()
POLICY = {
    "id": "p1",
    "sides": ["enterprise"],
    "types": [],
    "region": "110000",
    "conditions": {"all": [{"field": "employees", "op": "ge", "value": 10, "quote": "10人以上"}]},
}
FIRM = {"id": "f1", "kind": "enterprise", "region": "110108", "employees": 30}


def run(criteria: list[str], profiles: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    problems: list[InputError] = []
    answers = judge_files(Lines("c.jsonl", criteria), Lines("p.jsonl", iter(profiles)), VOCABULARY, problems.append)
    return list(answers), [str(problem) for problem in problems]


def test_every_pair_is_answered() -> None:
    profiles = [FIRM, {"id": 2, "kind": "individual"}, {"id": "f3", "kind": "enterprise", "region": "110000"}]
    policies = [POLICY, {"id": "p2"}]
    answers, problems = run([json.dumps(p) for p in policies], [json.dumps(p) for p in profiles])
    assert problems == []
    assert [(a["policy"], a["profile"], a["verdict"], a["favourable"], a["missing"]) for a in answers] == [
        ("p1", "f1", "yes", "yes", []),
        ("p2", "f1", "yes", "yes", []),
        ("p1", 2, "no", "no", []),
        ("p2", 2, "yes", "yes", []),
        ("p1", "f3", "unknown", "unknown", ["employees"]),
        ("p2", "f3", "yes", "yes", []),
    ]
    assert answers[0]["headline"] == "符合"
    assert answers[0]["reasons"][-1]["quote"] == "10人以上"


def test_wrong_lines_are_named_and_the_others_are_judged() -> None:
    deep = '{"id": "x", "conditions": ' + '{"not":' * 100_000
    criteria = ["", "{", json.dumps({**POLICY, "region": "110999"}), json.dumps(POLICY), json.dumps(POLICY), deep]
    profiles = ['{"id": "n", "kind": "enterprise", "employees": NaN}', "[]", '{"kind": "enterprise"}', json.dumps(FIRM)]
    answers, problems = run(criteria, ["\ufeff" + json.dumps({**FIRM, "id": True}), *profiles])
    assert [(a["policy"], a["profile"]) for a in answers] == [("p1", "f1")]
    assert problems == [
        "c.jsonl 第2行：不是有效的 JSON",
        "c.jsonl 第3行：region：区划代码 '110999' 不存在（应为 GB/T 2260 六位代码）",
        "c.jsonl：编号 p1 重复，以先出现的为准",
        "c.jsonl 第6行：JSON 嵌套过深",
        "p.jsonl 第1行：缺少 id（文字或整数）",
        "p.jsonl 第2行：employees：从业人数应为有限的数字",
        "p.jsonl 第3行：应为一个 JSON 对象",
        "p.jsonl 第4行：缺少 id（文字或整数）",
    ]


def test_what_cannot_be_written_out_is_refused() -> None:
    criteria = ['{"id": "p\\udfff"}', '{"id": "q", "conditions": {"field": "other", "op": "eq", "value": "\\ud800"}}']
    answers, problems = run([*criteria, json.dumps(POLICY)], [json.dumps(FIRM)])
    json.dumps(answers, ensure_ascii=False).encode()
    assert problems == [
        "c.jsonl 第1行：id 含有无法写出的字符",
        "c.jsonl 第2行：conditions.value：其他条件应为文字",
    ]


def test_profiles_stream() -> None:
    def endless() -> Any:
        while True:
            yield json.dumps(FIRM)

    answers = judge_files(
        Lines("c", [json.dumps(POLICY)]), Lines("p", endless()), VOCABULARY, lambda problem: problem.args[0]
    )
    assert [next(answers)["verdict"] for _ in range(3)] == ["yes"] * 3
