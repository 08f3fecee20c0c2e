"""Sets of slots as compressed bitmaps, and their way to and from NumPy."""

from array import array
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

Slots = npt.NDArray[np.uint32]
SlotArray: TypeAlias = "array[int]"
NumberArray: TypeAlias = "array[float]"


def union(sets: Iterable[BitMap]) -> BitMap:
    """All of them in one; a single one is answered as it is, not copied."""
    several = list(sets)
    if len(several) == 1:
        return several[0]
    return BitMap.union(*several) if several else BitMap()


def bitmap(slots: Slots) -> BitMap:
    """The set of these slots (through `array`, which pyroaring reads ten times faster than NumPy's own)."""
    return BitMap(array("I", slots.tobytes()))


def members_of(members: BitMap) -> Slots:
    """The slots of a set, in order."""
    return np.frombuffer(members.to_array(), dtype=np.uint32) if members else np.empty(0, dtype=np.uint32)
