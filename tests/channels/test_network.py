"""Did the request leave, or did it not? That decides whether it may be repeated."""

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError

from channels.network import classify_failure, classify_status
from channels.outcome import OutcomeClass

REFUSED = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))  # type: ignore[arg-type] # no pool needed


def wrapped(error: Exception) -> Exception:
    """As the SDKs do it: another exception, raised while handling the first."""
    try:
        try:
            raise error
        except Exception:
            raise RuntimeError("SDK")  # noqa: B904 - this is what they do
    except RuntimeError as outer:
        return outer


@pytest.mark.parametrize(
    ("error", "cls"),
    [
        (requests.ConnectTimeout(), OutcomeClass.TEMP),
        (requests.exceptions.ProxyError(), OutcomeClass.TEMP),
        (requests.exceptions.SSLError(), OutcomeClass.TEMP),
        (REFUSED, OutcomeClass.TEMP),
        (wrapped(REFUSED), OutcomeClass.TEMP),
        (requests.ReadTimeout(ReadTimeoutError(None, "/", "slow")), OutcomeClass.AMBIGUOUS),  # type: ignore[arg-type] # no pool needed
        (requests.ConnectionError(ProtocolError("reset")), OutcomeClass.AMBIGUOUS),
        (wrapped(requests.ConnectionError(ProtocolError("reset"))), OutcomeClass.AMBIGUOUS),
        (ValueError("no JSON"), OutcomeClass.AMBIGUOUS),
    ],
)
def test_failures(error: Exception, cls: OutcomeClass) -> None:
    assert classify_failure(error) is cls


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, OutcomeClass.CONFIG),
        (413, OutcomeClass.CONTENT),
        (429, OutcomeClass.RATE_MIN),
        (500, OutcomeClass.AMBIGUOUS),
        (502, OutcomeClass.AMBIGUOUS),
    ],
)
def test_statuses(status: int, cls: OutcomeClass) -> None:
    assert classify_status(status) is cls
