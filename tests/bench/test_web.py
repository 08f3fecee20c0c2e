import pytest

from bench import web


def test_every_page_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "ROUNDS", 1)
    monkeypatch.setattr(web, "WARM", 0)
    found = web.run(100, 10)
    assert {"home", "topic", "type_region", "search_text", "policy", "mine", "staff_push"} <= found["pages"].keys()
    slowest = max(page["p95_ms"] for page in found["pages"].values())
    assert 0 < found["p50_ms"] <= found["p95_ms"] <= slowest
