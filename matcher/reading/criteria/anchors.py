"""Words that a pattern can't match without: a quick look for them spares most searches."""

from collections.abc import Sequence
from operator import add


class AnchorIndex:
    """Which of many patterns may match a text, by the first two characters of their anchors."""

    def __init__(self, anchors: Sequence[tuple[str, ...]]) -> None:
        self._always = [n for n, words in enumerate(anchors) if not words or any(len(word) < 2 for word in words)]
        self._by_start: dict[str, list[int]] = {}
        for number, words in enumerate(anchors):
            for start in {word[:2] for word in words}:
                self._by_start.setdefault(start, []).append(number)

    def list_possible(self, text: str) -> list[int]:
        """The numbers of the patterns that are worth a search, in order."""
        possible = set(self._always)
        for start in self._by_start.keys() & set(map(add, text, text[1:])):
            possible.update(self._by_start[start])
        return sorted(possible)


def list_anchors(pattern: str) -> tuple[str, ...]:
    """The longest plain word of each alternative of `pattern`: no match holds none of them.

    Empty where an alternative has no word outside brackets, so that nothing can be told.
    """
    anchors, longest, word, depth, inside = [], "", "", 0, False
    position = 0
    while position <= len(pattern):
        char = pattern[position] if position < len(pattern) else "|"
        plain = not (inside or depth or char in r"\[]()|?*+{}.^$")
        if plain:
            word += char
        else:
            if char in "?*{" and not inside and not depth:
                word = word[:-1]  # what it may do without
            longest, word = max(longest, word, key=len), ""
        match char:
            case "\\":
                position += 1
            case "[" | "]":
                inside = char == "["
            case "(" | ")" if not inside:
                depth += 1 if char == "(" else -1
            case "{" if not inside:
                position = pattern.index("}", position)
            case "|" if not inside and not depth:
                anchors.append(longest)
                longest = ""
        position += 1
    return tuple(anchors) if all(anchors) else ()
