from bench.search import run


def test_three_ways_of_searching_one_library() -> None:
    found = run(120, 12)
    for way in ("ours_ms", "tsvector_ms", "ilike_ms"):
        assert found[way].keys() == {"p50", "p95"}
        assert 0 < found[way]["p50"] <= found[way]["p95"]
    assert found["own_title"] == {"ours": 1.0, "tsvector": 1.0}
