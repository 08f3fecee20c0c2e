"""Aliyun Dysmsapi codes → result: of the call, and of the receipt that comes later.

Source: help.aliyun.com/document_detail/101347.html (API codes) and the receipt codes of document_detail/101867.html.
"""

from channels.outcome import OutcomeClass

_BY_CLASS: dict[OutcomeClass, tuple[str, ...]] = {
    OutcomeClass.OK: ("OK",),
    OutcomeClass.TEMP: ("isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "InternalError", "ServiceUnavailable"),
    OutcomeClass.RATE_MIN: ("Throttling", "Throttling.User", "Throttling.Api"),
    OutcomeClass.RATE_DAY: ("isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL"),
    OutcomeClass.RECIPIENT_PERM: ("isv.MOBILE_NUMBER_ILLEGAL", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED"),
    OutcomeClass.OPT_OUT: ("isv.CUSTOMER_REFUSED",),
    OutcomeClass.CONTENT: (
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SMS_SIGN_ILLEGAL",
        "isv.SIGN_STATE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.INVALID_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        # Read in two ways (a forbidden word, or a black list): never counted as a refusal without a receipt.
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.SMS_CONTENT_ILLEGAL",
        "isv.UNSUPPORTED_CONTENT",
        "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE",
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.EXTEND_CODE_ERROR",
    ),
    OutcomeClass.CONFIG: (
        "isv.OUT_OF_SERVICE",
        "isv.AMOUNT_NOT_ENOUGH",
        "isp.RAM_PERMISSION_DENY",
        "isv.DENY_IP_RANGE",
        "SignatureDoesNotMatch",
        "SignatureNonceUsed",
        "InvalidAccessKeyId.NotFound",
        "InvalidTimeStamp.Expired",
        "Forbidden.RAM",
    ),
}
CODES: dict[str, OutcomeClass] = {code: cls for cls, codes in _BY_CLASS.items() for code in codes}

_PREFIXES: tuple[tuple[str, OutcomeClass], ...] = (
    ("Throttling", OutcomeClass.RATE_MIN),
    ("isv.ACCOUNT_", OutcomeClass.CONFIG),
    ("isv.PRODUCT_UN", OutcomeClass.CONFIG),
    ("InvalidAccessKey", OutcomeClass.CONFIG),
    ("InvalidTimeStamp", OutcomeClass.CONFIG),
    ("Forbidden", OutcomeClass.CONFIG),
)

PERSONAL_LIMITS = frozenset({"isv.BUSINESS_LIMIT_CONTROL"})
"""Limits that hold for one number."""

RECEIPTS: dict[str, OutcomeClass] = {
    "DELIVERED": OutcomeClass.OK,
    "IS_CLOSE": OutcomeClass.TEMP,
    "NO_ROUTE": OutcomeClass.TEMP,
    "SP_UNKNOWN_ERROR": OutcomeClass.TEMP,
    "MOBILE_SEND_LIMIT": OutcomeClass.RATE_DAY,
    # Suspended, switched off and unknown numbers in one code: permanent only when it repeats over days.
    "MOBILE_NOT_ON_SERVICE": OutcomeClass.RECIPIENT_TEMP,
    "MOBLLE_TERMINAL_ERROR": OutcomeClass.RECIPIENT_TEMP,  # spelt so by the provider
    "REQUEST_SUCCESS": OutcomeClass.RECIPIENT_TEMP,
    "INVALID_NUMBER": OutcomeClass.RECIPIENT_PERM,
    "MOBILE_ACCOUNT_ABNORMAL": OutcomeClass.RECIPIENT_PERM,
    "USER_REJECT": OutcomeClass.OPT_OUT,
    "MOBILE_IN_BLACK": OutcomeClass.OPT_OUT,
    "CONTENT_KEYWORD": OutcomeClass.CONTENT,
    "CONTENT_ERROR": OutcomeClass.CONTENT,
    "PARAMS_ILLEGAL": OutcomeClass.CONTENT,
    "SIGNATURE_BLACKLIST": OutcomeClass.CONTENT,
    "PORT_NOT_REGISTERED": OutcomeClass.CONFIG,
}


def classify(code: str, message: str = "") -> OutcomeClass:
    """The class of an API code. The business limit tells minute, hour or day only in its message."""
    if code == "isv.BUSINESS_LIMIT_CONTROL":
        return OutcomeClass.RATE_DAY if "天" in message or "day" in message.lower() else OutcomeClass.RATE_MIN
    if code in CODES:
        return CODES[code]
    for prefix, cls in _PREFIXES:
        if code.startswith(prefix):
            return cls
    return OutcomeClass.CONTENT


def classify_receipt(code: str) -> OutcomeClass:
    """The class of a receipt; carriers' own codes are many and unlisted, so the default never blames the person."""
    return RECEIPTS.get(code, OutcomeClass.RECIPIENT_TEMP)
