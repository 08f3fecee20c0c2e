from pyroaring import BitMap

from matcher.audience.lookback import NOT_ASKED, missed


def test_everybody_is_missed_for_one_reason() -> None:
    then = {"capped": BitMap([2, 9]), "not_fitting": BitMap([2, 3, 5]), "closed": BitMap([7])}
    assert missed(BitMap([2, 3, 4]), then) == {
        "capped": BitMap([2]),
        "not_fitting": BitMap([3]),
        NOT_ASKED: BitMap([4]),
    }
    assert missed(BitMap(), then) == {}
