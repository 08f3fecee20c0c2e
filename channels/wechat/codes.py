"""WeChat's errcode → result. Classified by number alone: the text ends in a variable `rid: …`.

Source: developers.weixin.qq.com, the pages of template messages, subscription notices and mass messages and the
global list of codes.
"""

from channels.outcome import OutcomeClass

_BY_CLASS: dict[OutcomeClass, tuple[int, ...]] = {
    OutcomeClass.OK: (0,),
    OutcomeClass.TEMP: (-1, -1000),
    OutcomeClass.TOKEN: (40001, 40014, 42001),
    # 40003 and 43004 are confirmed by user/info before an address is given up (channels.wechat.sender).
    OutcomeClass.RECIPIENT_PERM: (40003, 43004, 49003, 46004, 50005, 50002),
    OutcomeClass.OPT_OUT: (43101, 48002, 43019),
    OutcomeClass.WINDOW: (45015, 45047),
    OutcomeClass.RATE_DAY: (45009, 45028),
    OutcomeClass.RATE_MIN: (45011, 42010, 45066),
    OutcomeClass.DUP: (45065,),
    OutcomeClass.CONTENT: (
        *(40007, 40008, 40031, 40032, 40033, 40035, 40036, 40037, 40039, 40062, 40130, 40152, 40246, 40247),
        *(41001, 41006, 41030, 43002, 44002, 45001, 45002, 45003, 45004, 45005, 45006, 45007, 45008),
        *(45056, 45057, 45058, 45059, 45062, 45067, 45113, 45157, 45158, 45159, 45162),
        *(47001, 47002, 47003, 48021, 48022),
    ),
    OutcomeClass.CONFIG: (
        *(40013, 40125, 40164, 61004, 40249, 43116, 48001, 48003, 48004, 48006, 48008, 50001),
        *(45102, 45103, 45109, 89503, 89504, 89505),
    ),
}

CODES: dict[int, OutcomeClass] = {code: cls for cls, codes in _BY_CLASS.items() for code in codes}

UNCERTAIN_RECIPIENT = frozenset({40003, 43004})
"""Also returned for real followers now and then, and just after a follow."""
REFUSED = 43101
TEMPLATE_FORBIDDEN = frozenset({40249, 43116})
"""The template itself was blocked for marketing: that stops its messages, not the channel."""

RECEIPTS: dict[str, OutcomeClass] = {
    "success": OutcomeClass.OK,
    "failed:user block": OutcomeClass.OPT_OUT,
    "failed: system failed": OutcomeClass.RECIPIENT_TEMP,
}
"""`Status` of TEMPLATESENDJOBFINISH; anything else that failed is RECIPIENT_TEMP."""


def classify(errcode: int) -> OutcomeClass:
    """The class of `errcode`. An unknown code is CONTENT: never tried for ever, seen by an operator."""
    return CODES.get(errcode, OutcomeClass.CONTENT)
