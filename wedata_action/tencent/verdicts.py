"""What an error says about whether the request was executed.

No page of the documentation states it. The verdicts are inferred from the descriptions of the error codes: the common
errors of API 3.0, and those of BatchCreateTaskVersionAsync (page 1174/69838). A code that nobody listed leaves the
outcome open.
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
    """A call without a usable answer; as a text, what came instead and, where that is known, what to do about it.

    `code` and `message` are the service's own if it `answered` with an error, else words of ours such as `HTTP 502`.
    `remedy` is one sentence without a full stop, the same for every call that is refused for the same cause; empty if
    there is none. `reason` is the failure reason that fits if nothing else settles it.
    """

    def __init__(  # one argument for each thing that an answer can tell
        self,
        verdict: Verdict,
        code: str,
        message: str,
        request_id: str = "",
        *,
        answered: bool = False,
        connected: bool = True,
        remedy: str = "",
    ) -> None:
        said = f"WeData answered {code}: {message}" if answered else message
        super().__init__(f"{said.rstrip('. ')}. {remedy}" if remedy else said)
        self.verdict = verdict
        self.code = code
        self.message = message
        self.request_id = request_id
        self.connected = connected
        self.remedy = remedy

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
    def not_found(self) -> bool:
        """WeData has nothing with the ids of the call."""
        return _is_in(self.code, ("ResourceNotFound",))

    @property
    def too_large(self) -> bool:
        """More tasks, or bytes, than the service takes in one call."""
        return self.code in {"RequestSizeLimitExceeded", "InvalidParameter.MaxLimitExceeded"}

    @property
    def doubtful(self) -> bool:
        """A refusal that may not be one: FailedOperation, which does not say how far the operation came."""
        return self.verdict is Verdict.REFUSED and _is_in(self.code, ("FailedOperation",))

    @property
    def not_offered(self) -> bool:
        """The site does not have this action, or not in this version."""
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


_OF_KEYS = {
    "AuthFailure": (
        "Check the keys: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN"
    ),
    "AuthFailure.SecretIdNotFound": (
        "Check TENCENTCLOUD_SECRET_ID: the key was deleted or disabled, or belongs to the other site"
    ),
    "AuthFailure.SignatureExpire": "",  # the client says by how much the clock is off
    "AuthFailure.SignatureFailure": "Check TENCENTCLOUD_SECRET_KEY: it does not belong to TENCENTCLOUD_SECRET_ID",
    "AuthFailure.TokenFailure": "Check TENCENTCLOUD_TOKEN: the temporary credentials have expired or are incomplete",
}


def remedy_of(code: str, action: str, role_arn: str | None) -> str:
    """What to do about keys, or about a permission: by whom, for which API action, and where. Else empty.

    CAM permits each action as `wedata:<API name>`; the project's own roles decide besides (inferred: Data Engineer).
    """
    who = f"the role {role_arn}" if role_arn else "the user of these keys"
    place = "to the members of the WeData project, in a role that may submit tasks, such as Data Engineer"
    if role_arn:
        place += "; if a role cannot be a member, use a member's keys instead of role-arn"
    if code in {"UnauthorizedOperation.UserNotInProject", "OperationDenied.UserNotInProject"}:
        return f"Add {who} {place}"
    if _is_in(code, ("UnauthorizedOperation", "AuthFailure.UnauthorizedOperation")):
        return f"Allow {who} the CAM action wedata:{action}, and add it {place}"
    if role_arn or action == "AssumeRoleWithWebIdentity":  # no keys of the user's
        return ""
    return _OF_KEYS.get(code, _OF_KEYS["AuthFailure"] if _is_in(code, ("AuthFailure",)) else "")


def _is_in(code: str, families: tuple[str, ...]) -> bool:
    return any(code == family or code.startswith(f"{family}.") for family in families)
