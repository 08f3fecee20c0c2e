"""How codes of GB/T 2260 (places) and GB/T 4754 (industries) cover one another. Three-valued: None is unknown."""


def region_prefix(code: str) -> str:
    """The digits of a region code that mean something: `110000` → `11`, `440100` → `4401`, `000000` → nothing."""
    for length in (0, 2, 4):
        if code[length:] == "0" * (6 - length):
            return code[:length]
    return code


def region_covers(outer: str, inner: str) -> bool | None:
    """Whether the place `inner` lies in `outer`; None where `inner` is too coarse to tell (`110000` in `110108`)."""
    return _covers(region_prefix(outer), region_prefix(inner))


def industry_covers(outer: str, inner: str) -> bool | None:
    """Whether the industry `inner` belongs to `outer` (`C` ⊃ `C39` ⊃ `C3921`); None where `inner` is too coarse."""
    return _covers(outer, inner)


def _covers(outer: str, inner: str) -> bool | None:
    if inner.startswith(outer):
        return True
    return None if outer.startswith(inner) else False
