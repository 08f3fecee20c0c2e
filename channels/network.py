"""What a failed HTTP call means: nothing was sent (try again), or nobody knows (ask before sending twice)."""

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from channels.outcome import OutcomeClass


def classify_failure(error: BaseException) -> OutcomeClass:
    """TEMP when the request certainly never left, else AMBIGUOUS.

    Looks through the chain of causes, since the SDKs of the SMS providers wrap what `requests` raised.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        if _nothing_was_sent(link):
            return OutcomeClass.TEMP
        seen.add(id(link))
        link = getattr(link, "inner_exception", None) or link.__cause__ or link.__context__
    return OutcomeClass.AMBIGUOUS


def classify_status(status: int) -> OutcomeClass:
    """What an HTTP status alone says, for replies that carry no code of the provider."""
    if status == 429:
        return OutcomeClass.RATE_MIN
    if status == 413:
        return OutcomeClass.CONTENT
    return OutcomeClass.CONFIG if 400 <= status < 500 else OutcomeClass.AMBIGUOUS


def _nothing_was_sent(error: BaseException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | requests.exceptions.SSLError):
        return True
    reason = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else error
    if isinstance(reason, MaxRetryError):
        reason = reason.reason or reason
    # Refused, unreachable and unknown names are all NewConnectionError.
    return isinstance(reason, NewConnectionError)
