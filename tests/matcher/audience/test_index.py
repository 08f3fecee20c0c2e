import pytest

from core.errors import InputError
from core.vocabulary.load import load_vocabulary
from matcher.audience import building
from matcher.audience.building import Builder, build
from matcher.audience.index import Audience, Row
from matcher.facets import Facets

FACETS = Facets(load_vocabulary())


def firm(number: int, **fields: object) -> Row:
    return Row(number, "enterprise", fields, topics=["E0404"], recommend=number % 2 == 0, channels=["sms", "mail"])


def everything(audience: Audience) -> dict[str, list[int]]:
    sets = {"everyone": audience.everyone, "recommend": audience.recommend, **audience.topics, **audience.channels}
    sets |= {side.value: members for side, members in audience.sides.items()} | audience.types
    return {name: sorted(audience.ids_of(members).tolist()) for name, members in sets.items() if members}


def test_rows_become_sets_whatever_their_order_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [firm(number, ownership="state") for number in (9, 3, 2**40, 5, 4)]
    at_once = build(rows, FACETS)
    monkeypatch.setattr(building, "CHUNK", 2)
    by_chunks = build(rows, FACETS)
    one_by_one = Audience()
    for row in rows:
        one_by_one.put(row, FACETS)
    assert everything(at_once) == everything(by_chunks) == everything(one_by_one)
    assert everything(at_once)["recommend"] == [4, 2**40]
    for audience in (at_once, by_chunks, one_by_one):
        assert audience.ids_of(audience.slots_of([3, 2**40, 77])).tolist() == [3, 2**40]


def test_a_changed_subscriber_keeps_the_slot_and_leaves_no_trace() -> None:
    audience = build([firm(1, ownership="state", child_age=[3]), firm(2)], FACETS)
    slot = audience.find_slot(1)
    audience.put(Row(1, "individual", {"age": 70}), FACETS)
    assert audience.find_slot(1) == slot
    assert everything(audience) == {
        "everyone": [1, 2], "enterprise": [2], "individual": [1], "E0404": [2], "sms": [2], "mail": [2],
        "recommend": [2], "PT06": [1],
    }  # fmt: skip


def test_who_is_removed_is_gone_until_they_come_back() -> None:
    audience = build([firm(1), firm(2)], FACETS)
    audience.remove([1, 99])
    assert everything(audience)["everyone"] == [2]
    assert not audience.slots_of([1])
    audience.put(firm(1), FACETS)
    assert everything(audience)["everyone"] == [1, 2]


def test_a_profile_that_cannot_be_judged_changes_nothing() -> None:
    audience = build([firm(1, employees=5)], FACETS)
    before = everything(audience)
    with pytest.raises(InputError):
        audience.put(firm(1, employees="many"), FACETS)
    assert everything(audience) == before


def test_many_changes_at_once_are_the_same_as_one_by_one() -> None:
    audience = build([firm(1, employees=5), firm(2), firm(3)], FACETS)
    refused = audience.put_all([firm(1, ownership="state"), firm(3, employees="many"), firm(4)], FACETS)
    assert [number for number, _ in refused] == [3]
    assert everything(audience) == everything(build([firm(1, ownership="state"), firm(2), firm(4)], FACETS))


def test_building_names_whom_it_left_out() -> None:
    builder = Builder(FACETS)
    for row in (firm(1), firm(2, employees="many"), firm(3)):
        builder.add(row)
    assert [number for number, _ in builder.refused] == [2]
    assert everything(builder.finish())["everyone"] == [1, 3]
    with pytest.raises(InputError):
        build([firm(2, employees="many")], FACETS)
