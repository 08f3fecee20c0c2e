"""Tencent Cloud SMS codes → result: of the call (or of one number in it), and of the receipt that comes later.

Source: cloud.tencent.com/document/api/382/59177 and product/382/3771; the names are those of the SDK's errorcodes.
"""

from channels.outcome import OutcomeClass

_BY_CLASS: dict[OutcomeClass, tuple[str, ...]] = {
    OutcomeClass.OK: ("Ok",),
    OutcomeClass.TEMP: (
        "InternalError",
        "InternalError.Timeout",
        "InternalError.SendAndRecvFail",
        "InternalError.OtherError",
        "InternalError.UnknownError",
        "InternalError.ParseBackendResponseFail",
        "FailedOperation.OtherError",
        "ServiceUnavailable",
    ),
    OutcomeClass.RATE_MIN: (
        "RequestLimitExceeded",
        "LimitExceeded.GlobalSmsSendingRateLimit",
        "LimitExceeded.PhoneNumberThirtySecondLimit",
        "LimitExceeded.PhoneNumberOneHourLimit",
        "LimitExceeded.DeliveryFrequencyLimit",
    ),
    OutcomeClass.RATE_DAY: (
        "LimitExceeded.PhoneNumberDailyLimit",
        "LimitExceeded.PhoneNumberSameContentDailyLimit",
        "LimitExceeded.AppDailyLimit",
        "LimitExceeded.AppMainlandChinaDailyLimit",
        "LimitExceeded.AppGlobalDailyLimit",
        "LimitExceeded.AppCountryOrRegionDailyLimit",
        "LimitExceeded.DailyLimit",
    ),
    OutcomeClass.RECIPIENT_PERM: (
        "InvalidParameterValue.IncorrectPhoneNumber",
        "FailedOperation.PhoneNumberParseFail",
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
    ),
    OutcomeClass.OPT_OUT: ("FailedOperation.PhoneNumberInBlacklist",),
    OutcomeClass.WINDOW: ("FailedOperation.MarketingSendTimeConstraint",),
    OutcomeClass.CONTENT: (
        "FailedOperation.TemplateIncorrectOrUnapproved",
        "FailedOperation.TemplateUnapprovedOrNotExist",
        "FailedOperation.TemplateIdNotExist",
        "FailedOperation.SignatureIncorrectOrUnapproved",
        "FailedOperation.MissingSignature",
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        "FailedOperation.ContainSensitiveWord",
        "FailedOperation.MarketingTemplateWithoutUnsubscribe",
        "FailedOperation.JsonParseFail",
        "FailedOperation.ParametersOtherError",
        "InvalidParameterValue.MarketingTemplateWithoutUnsubscribe",
        "InvalidParameterValue.ContentLengthLimit",
        "InvalidParameterValue.TemplateParameterLengthLimit",
        "InvalidParameterValue.TemplateParameterFormatError",
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        "LimitExceeded.PhoneNumberCountLimit",
        "MissingParameter.EmptyPhoneNumberSet",
    ),
    OutcomeClass.CONFIG: (
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "FailedOperation.NotEnterpriseCertification",
        "FailedOperation.ProhibitSubAccountUse",
        "FailedOperation.FailResolvePacket",
        "InternalError.RequestTimeException",
        "InternalError.RestApiInterfaceNotExist",
        "InternalError.SigFieldMissing",
        "InternalError.SigVerificationFail",
        "InvalidParameterValue.SdkAppIdNotExist",
        "UnsupportedOperation.UnsupportedRegion",
    ),
    OutcomeClass.AMBIGUOUS: ("ServerNetworkError",),
}
CODES: dict[str, OutcomeClass] = {code: cls for cls, codes in _BY_CLASS.items() for code in codes}

_PREFIXES: tuple[tuple[str, OutcomeClass], ...] = (
    ("RequestLimitExceeded", OutcomeClass.RATE_MIN),
    ("UnauthorizedOperation", OutcomeClass.CONFIG),
    ("AuthFailure", OutcomeClass.CONFIG),
    ("ServiceUnavailable", OutcomeClass.TEMP),
)

_PERSONAL = ("LimitExceeded.PhoneNumber", "LimitExceeded.DeliveryFrequencyLimit")

RECEIPTS: dict[str, OutcomeClass] = {
    "DELIVRD": OutcomeClass.OK,
    "UNDELIV": OutcomeClass.RECIPIENT_TEMP,
    "EXPIRED": OutcomeClass.RECIPIENT_TEMP,
}


def classify(code: str) -> OutcomeClass:
    """The class of a code; an unknown one is CONTENT: seen by an operator and not repeated."""
    if code in CODES:
        return CODES[code]
    for prefix, cls in _PREFIXES:
        if code.startswith(prefix):
            return cls
    return OutcomeClass.CONTENT


def is_personal(code: str) -> bool:
    """True for a limit that holds for one number."""
    return code.startswith(_PERSONAL)


def classify_receipt(status: str, code: str) -> OutcomeClass:
    """The class of a receipt with `report_status` and carrier code; unknown codes never blame the person."""
    return OutcomeClass.OK if status == "SUCCESS" else RECEIPTS.get(code, OutcomeClass.RECIPIENT_TEMP)
