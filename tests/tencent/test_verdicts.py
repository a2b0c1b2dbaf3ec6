"""Whether a request with this answer did anything: the table of the reference, code by code."""

import pytest

from wedata_action.errors import Reason
from wedata_action.tencent.verdicts import ApiError, Verdict, remedy_of, verdict_of

NOT_EXECUTED = (
    "AuthFailure",
    "AuthFailure.SignatureExpire",
    "AuthFailure.SignatureFailure",
    "AuthFailure.SecretIdNotFound",
    "AuthFailure.TokenFailure",
    "AuthFailure.UnauthorizedOperation",
    "UnauthorizedOperation",
    "UnauthorizedOperation.UserNotInProject",
    "InvalidAction",
    "NoSuchVersion",
    "NoSuchProduct",
    "ActionOffline",
    "UnsupportedRegion",
    "UnsupportedProtocol",
    "MissingParameter",
    "UnknownParameter",
    "InvalidParameterValue",
    "InvalidParameterValue.ProjectId",
    "RequestSizeLimitExceeded",
    "RequestLimitExceeded",
    "RequestLimitExceeded.UinLimitExceeded",
    "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
)
REFUSED = (
    "InvalidParameter",
    "InvalidParameter.WeDataException",
    "InvalidParameter.MaxLimitExceeded",
    "ResourceNotFound",
    "ResourceNotFound.Task",
    "OperationDenied",
    "OperationDenied.UserNotInProject",
    "UnsupportedOperation",
    "FailedOperation",
    "FailedOperation.DuplicateName",
)
OPEN = (
    "InternalError",
    "InternalError.DbError",
    "FailedOperation.ConnectionTimeOutError",
    "InvalidParameter.ServiceIsBusy",
    "ServiceUnavailable",
    "ResourceInUse",
    "ResourceUnavailable",
    "ResourceInsufficient",
    "LimitExceeded",
    "LimitExceeded.Tasks",
    "ResponseSizeLimitExceeded",
    "NobodyListedThis",
    "AuthFailureOfAnotherName",
    "InvalidParameters",
    "authfailure",
    "",
)
EXPECTED = (
    [(code, Verdict.NOT_EXECUTED) for code in NOT_EXECUTED]
    + [(code, Verdict.REFUSED) for code in REFUSED]
    + [(code, Verdict.OPEN) for code in OPEN]
)


def answer(code: str) -> ApiError:
    return ApiError(verdict_of(code), code, "words of the service", "r-1", answered=True)


@pytest.mark.parametrize(("code", "verdict"), EXPECTED)
def test_each_code_has_the_verdict_of_the_reference(code: str, verdict: Verdict) -> None:
    assert verdict_of(code) is verdict


@pytest.mark.parametrize(("code", "verdict"), EXPECTED)
def test_only_a_throttled_answer_is_sent_again(code: str, verdict: Verdict) -> None:
    assert answer(code).retryable is code.startswith("RequestLimitExceeded")
    assert not (answer(code).retryable and verdict is not Verdict.NOT_EXECUTED)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AuthFailure.SignatureExpire", Reason.AUTH),
        ("UnauthorizedOperation.UserNotInProject", Reason.AUTH),
        ("RequestLimitExceeded.UinLimitExceeded", Reason.THROTTLED),
        ("InternalError", Reason.AMBIGUOUS),
        ("LimitExceeded", Reason.AMBIGUOUS),
        ("FailedOperation", Reason.REJECTED),
        ("InvalidAction", Reason.REJECTED),
        ("ResourceNotFound", Reason.REJECTED),
    ],
)
def test_each_code_has_a_failure_reason(code: str, reason: Reason) -> None:
    assert answer(code).reason is reason


def test_what_never_connected_is_unreachable_and_sent_again() -> None:
    error = ApiError(Verdict.NOT_EXECUTED, "NoConnection", "no connection", connected=False)
    assert error.reason is Reason.UNREACHABLE
    assert error.retryable


@pytest.mark.parametrize(
    ("code", "found"), [("ResourceNotFound", False), ("ResourceNotFound.Task", False), ("X", True)]
)
def test_what_wedata_does_not_have_is_not_found(code: str, *, found: bool) -> None:
    assert answer(code).not_found is not found


@pytest.mark.parametrize("code", ["RequestSizeLimitExceeded", "InvalidParameter.MaxLimitExceeded"])
def test_a_size_limit_asks_for_smaller_batches(code: str) -> None:
    assert answer(code).too_large
    assert not answer("LimitExceeded").too_large


@pytest.mark.parametrize("code", ["InvalidAction", "NoSuchVersion", "UnsupportedOperation", "UnsupportedOperation.X"])
def test_a_site_without_an_action_is_told_by_its_code(code: str) -> None:
    assert answer(code).not_offered
    assert not answer("InvalidParameter").not_offered


def test_an_error_as_a_text_says_who_said_it() -> None:
    assert str(answer("FailedOperation")) == "WeData answered FailedOperation: words of the service"
    assert str(ApiError(Verdict.OPEN, "HTTP 502", "HTTP 502 came back")) == "HTTP 502 came back"


ARN = "qcs::cam::uin/1:roleName/submit"


@pytest.mark.parametrize(
    "code", ["UnauthorizedOperation", "UnauthorizedOperation.X", "AuthFailure.UnauthorizedOperation"]
)
def test_a_missing_permission_names_the_cam_action_and_whose_it_is(code: str) -> None:
    assert remedy_of(code, "GetTask", None) == (
        "Allow the user of these keys the CAM action wedata:GetTask, and add it to the members of the WeData project, "
        "in a role that may submit tasks, such as Data Engineer"
    )
    assert remedy_of(code, "GetTask", ARN).startswith(f"Allow the role {ARN} the CAM action wedata:GetTask, and add ")


@pytest.mark.parametrize("code", ["UnauthorizedOperation.UserNotInProject", "OperationDenied.UserNotInProject"])
def test_a_stranger_to_the_project_is_told_to_join_it(code: str) -> None:
    assert remedy_of(code, "GetTask", None).startswith(
        "Add the user of these keys to the members of the WeData project"
    )
    said = remedy_of(code, "GetTask", ARN)
    assert said.startswith(f"Add the role {ARN} to the members of the WeData project")
    assert said.endswith("if a role cannot be a member, use a member's keys instead of role-arn")


@pytest.mark.parametrize(
    "code", ["AuthFailure.SignatureExpire", "OperationDenied", "FailedOperation", "ResourceNotFound", ""]
)
def test_other_errors_have_no_remedy(code: str) -> None:
    assert remedy_of(code, "GetTask", None) == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AuthFailure.SecretIdNotFound", "Check TENCENTCLOUD_SECRET_ID: "),
        ("AuthFailure.SignatureFailure", "Check TENCENTCLOUD_SECRET_KEY: "),
        ("AuthFailure.TokenFailure", "Check TENCENTCLOUD_TOKEN: "),
        ("AuthFailure.New", "Check the keys: TENCENTCLOUD_SECRET_ID, "),
    ],
)
def test_keys_that_are_rejected_are_to_be_checked_unless_a_role_made_them(code: str, words: str) -> None:
    assert remedy_of(code, "ListTaskVersions", None).startswith(words)
    assert remedy_of(code, "ListTaskVersions", ARN) == remedy_of(code, "AssumeRoleWithWebIdentity", None) == ""


def test_the_remedy_stands_behind_what_was_said() -> None:
    error = ApiError(Verdict.NOT_EXECUTED, "X", "not allowed. ", answered=True, remedy="Allow it")
    assert str(error) == "WeData answered X: not allowed. Allow it"
    assert (error.message, error.remedy) == ("not allowed. ", "Allow it")
