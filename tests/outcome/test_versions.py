"""Every ApproveStatus with every Status: green only for what the contract calls live."""

import itertools

from tests.outcome.site import VERSIONS, make_site, stamped, verdict
from wedata_action.outcome.versions import is_void, judge_version
from wedata_action.result import Result, State
from wedata_action.tencent.versions import Version
from wedata_sandbox.behaviour import TaskBehaviour

NEEDED_NONE = ("无需审批", "u65e0u9700u5ba1u6279")
PASSED = ("通过", "已通过")
PENDING = ("未审批", "审批中")
REFUSED = ("驳回", "已驳回", "撤销", "已撤销", "异常", "已失效")
UNLISTED = ("", "审批", "passed", "APPROVED", " 通过")
APPROVALS = (*NEEDED_NONE, *PASSED, *PENDING, *REFUSED, None, *UNLISTED)
STATUSES = ("N", "Y", "F", "O", "T", "INVALID", None, "", "y", "RUNNING")

GREEN = {
    (approval, status)
    for approval in ("无需审批", "u65e0u9700u5ba1u6279", "通过", "已通过", None)
    for status in ("Y", None, "N", "O")
} - {(None, None)}


def run_with(approval: str | None, status: str | None, kind: str = "intl") -> Result:
    site = make_site(kind)
    site.wedata.set_default_task(TaskBehaviour(approve_status=approval, status=status))
    return site.run(stamped("1", "a", "b"), timeout=5)


def test_the_only_green_rows_are_those_where_the_version_is_live() -> None:
    rows = itertools.product(APPROVALS, STATUSES)
    assert {row for row in rows if run_with(*row).exit_code == 0} == GREEN


def test_each_row_ends_as_the_contract_says() -> None:
    for approval, status in itertools.product(APPROVALS, STATUSES):
        if approval in PENDING:
            expected = ("pending-approval", "pending-approval", 5)
        elif approval in REFUSED or (approval not in UNLISTED and status in {"F", "T", "INVALID"}):
            expected = ("failure", "job-failed", 1)
        elif (approval, status) in GREEN:
            expected = ("success", "", 0)
        else:
            expected = ("unknown", "ambiguous", 4)
        result = run_with(approval, status)
        assert verdict(result) == expected, (approval, status)
        assert {task.version for task in result.outcomes} == {"V1"}


def test_a_task_that_is_new_or_paused_is_live_with_a_warning() -> None:
    assert "not scheduled yet (Status N)" in run_with("无需审批", "N").outcomes[0].warning
    assert "paused (Status O)" in run_with(None, "O").outcomes[0].warning
    assert run_with("通过", None).outcomes[0].warning == ""


def test_a_task_that_no_longer_runs_fails_and_the_message_says_why() -> None:
    for status, words in (("F", "offline"), ("T", "going offline"), ("INVALID", "invalid")):
        assert run_with("无需审批", status).outcomes[0].message == f"the task is {words} (Status {status})"


def test_the_words_of_wedata_stand_in_the_message() -> None:
    for approval in (*PENDING, *REFUSED, "审批"):
        assert approval in run_with(approval, "Y").outcomes[0].message


def test_a_version_that_is_not_shown_while_it_awaits_approval_is_never_taken_for_live() -> None:
    site = make_site("intl")
    site.wedata.set_default_task(TaskBehaviour(approve_status="审批中", listed_while_pending=False))
    result = site.run(stamped("1", "a"), timeout=30)
    assert verdict(result) == ("unknown", "timeout", 4)
    assert site.counts()[VERSIONS] > 5


def test_only_refused_versions_are_as_if_they_had_never_been_submitted() -> None:
    versions = {text: Version("1", "V1", "", text, "Y", "") for text in APPROVALS}
    assert {text for text, version in versions.items() if is_void(version)} == set(REFUSED)
    assert {judge_version(versions[text]).state for text in REFUSED} == {State.FAILED}
