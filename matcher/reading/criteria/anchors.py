"""Words that a pattern can't match without: a quick look for them spares most searches."""


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
