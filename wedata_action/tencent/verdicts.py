"""What an error says about whether the request was executed.

No page of the documentation states it; the verdicts are inferred from the error codes' descriptions (common errors of
API 3.0, and those of BatchCreateTaskVersionAsync, page 1174/69838). What nobody listed leaves the outcome open.
"""

from __future__ import annotations

import enum

from wedata_action.errors import Reason


class Verdict(enum.Enum):
    """Whether a request with this answer did anything."""

    NOT_EXECUTED = "surely not executed"
    REFUSED = "refused by the service, nothing created"
    OPEN = "open: it may have been executed"


class ApiError(Exception):
    """A call without a usable answer; as a text, one sentence that says so.

    `code` and `message` are the service's own if it `answered` with an error, else words of ours such as `HTTP 502`;
    `reason` is the failure reason that fits if nothing else settles it.
    """

    def __init__(
        self,
        verdict: Verdict,
        code: str,
        message: str,
        request_id: str = "",
        *,
        answered: bool = False,
        connected: bool = True,
    ) -> None:
        super().__init__(f"WeData answered {code}: {message}" if answered else message)
        self.verdict = verdict
        self.code = code
        self.message = message
        self.request_id = request_id
        self.connected = connected

    @property
    def reason(self) -> Reason:
        """The failure reason of a task whose submission ends with this error."""
        if not self.connected:
            return Reason.UNREACHABLE
        if _is_in(self.code, ("AuthFailure", "UnauthorizedOperation")):
            return Reason.AUTH
        if self.throttled:
            return Reason.THROTTLED
        return Reason.AMBIGUOUS if self.verdict is Verdict.OPEN else Reason.REJECTED

    @property
    def throttled(self) -> bool:
        """Too many requests a second: the same request may be sent again."""
        return self.code.startswith("RequestLimitExceeded")

    @property
    def too_large(self) -> bool:
        """More tasks, or bytes, than the service takes in one call."""
        return self.code in {"RequestSizeLimitExceeded", "InvalidParameter.MaxLimitExceeded"}

    @property
    def doubtful(self) -> bool:
        """A refusal that is none for sure: FailedOperation, which says nothing of how far the operation came."""
        return self.verdict is Verdict.REFUSED and _is_in(self.code, ("FailedOperation",))

    @property
    def not_offered(self) -> bool:
        """The site does not have the action that was asked for, or not in this version."""
        return _is_in(self.code, ("InvalidAction", "NoSuchVersion", "UnsupportedOperation"))

    @property
    def retryable(self) -> bool:
        """Surely not executed, and likely to go through when it is sent again."""
        return self.throttled or not self.connected


_OPEN = ("InvalidParameter.ServiceIsBusy", "FailedOperation.ConnectionTimeOutError")
_NOT_EXECUTED = (
    "AuthFailure",
    "UnauthorizedOperation",
    "InvalidAction",
    "NoSuchVersion",
    "NoSuchProduct",
    "ActionOffline",
    "UnsupportedRegion",
    "UnsupportedProtocol",
    "MissingParameter",
    "UnknownParameter",
    "InvalidParameterValue",
    "RequestSizeLimitExceeded",
    "RequestLimitExceeded",
)
_REFUSED = ("InvalidParameter", "ResourceNotFound", "OperationDenied", "UnsupportedOperation", "FailedOperation")


def verdict_of(code: str) -> Verdict:
    """The verdict on an error code that the service answered with."""
    if _is_in(code, _OPEN):
        return Verdict.OPEN
    if _is_in(code, _NOT_EXECUTED):
        return Verdict.NOT_EXECUTED
    return Verdict.REFUSED if _is_in(code, _REFUSED) else Verdict.OPEN


def _is_in(code: str, families: tuple[str, ...]) -> bool:
    return any(code == family or code.startswith(f"{family}.") for family in families)
