"""Asking later: which command is named, and what a failed read says."""

import random
import shlex

import pytest

from tests.outcome.site import (
    DETAIL,
    HEAD,
    LOG,
    NOT_CONNECTED,
    Site,
    always,
    answered,
    make_site,
    stamped,
    unanswered,
)
from tests.report.builders import batch, outcome
from tests.support.batches import make_task
from wedata_action.errors import RunError
from wedata_action.outcome.status import Job, ask_again, ask_by_stamps, ask_jobs
from wedata_action.result import Batch, BatchStatus, Result, ResultWord, State, TaskOutcome
from wedata_action.settings import read_settings
from wedata_action.task import Task
from wedata_action.tencent.verdicts import ApiError
from wedata_sandbox.behaviour import TaskBehaviour


def unknown(*job_ids: int | None, project: str = "p1") -> Result:
    tasks = [outcome(str(number), State.UNKNOWN, job_id=job, project_id=project) for number, job in enumerate(job_ids)]
    done = outcome("99", State.LIVE, job_id=99)
    return Result("submit", ResultWord.UNKNOWN, batches=(batch(*tasks, done),), base="b" * 40, head="h" * 40)


def command(result: Result, *, by_job: bool, **inputs: str) -> list[str]:
    given = {"region": "ap-guangzhou", "endpoint": "wedata.tencentcloudapi.com"} | inputs
    settings = read_settings({name.replace("_", "-"): value for name, value in given.items()}, {})
    return shlex.split(ask_again(result, settings, by_job=by_job))


SITE = ["wedata-action", "status", "--region", "ap-guangzhou", "--endpoint", "wedata.tencentcloudapi.com"]


def test_by_job_only_the_jobs_that_are_open_are_named_each_once() -> None:
    assert command(unknown(7, 7, 8), by_job=True) == [*SITE, "--project-id", "p1", "7", "8"]


def test_each_project_has_a_command_of_its_own() -> None:
    both = unknown(7)
    both = both._replace(batches=(*both.batches, *unknown(8, project="p 2").batches))
    assert command(both, by_job=True) == [*SITE, "--project-id", "p1", "7", "&&", *SITE, "--project-id", "p 2", "8"]


def test_without_the_api_of_jobs_or_without_a_job_the_stamps_are_asked_for() -> None:
    by_stamp = ["--base", "b" * 40, "--head", "h" * 40]
    assert command(unknown(7), by_job=False) == [*SITE, *by_stamp]
    assert command(unknown(7, None), by_job=True) == [*SITE, *by_stamp]
    empty = unknown(7)._replace(base="")
    assert "--base empty" in shlex.join(command(empty, by_job=False))
    assert command(unknown(7), by_job=False, endpoint="wedata.intl.tencentcloudapi.com")[4:6] == by_stamp[:2]


def test_what_finds_the_tasks_is_given_again_as_it_was_given() -> None:
    given = {"definitions": "jobs/*.yml\n!jobs/it's.yml", "project_id": "p1"}
    found = command(unknown(7), by_job=False, **given)
    assert dict(zip(found[6:10:2], found[7:10:2], strict=True)) == {
        "--project-id": "p1",
        "--definitions": "jobs/*.yml\n!jobs/it's.yml",
    }


# Jobs


def submitted(**behaviours: TaskBehaviour) -> Site:
    site = make_site("domestic")
    for task_id, behaviour in behaviours.items():
        site.wedata.set_task(task_id, behaviour)
    site.run(stamped("1", "a", "b"), wait=False)
    return site


def ask(site: Site, *jobs: Job, timeout: int = 0) -> tuple[Batch, ...]:
    clock = site.clock.started(random.Random(1), lambda: None)
    return ask_jobs(site.call, clock, jobs, timeout, lambda text: site.progress.append((0.0, text)))


@pytest.mark.parametrize(
    ("error", "reason", "words"),
    [
        (answered("InvalidAction"), "invalid-input", "Give --base and --head instead"),
        (answered("ResourceNotFound.Job"), "invalid-input", "project p1 has no job 1"),
        (answered("UnauthorizedOperation", action=DETAIL), "auth", "the CAM action wedata:ListBatchDetail"),
        (answered("AuthFailure.TokenFailure"), "auth", "AuthFailure.TokenFailure"),
        (answered("RequestLimitExceeded"), "throttled", "RequestLimitExceeded"),
        (NOT_CONNECTED, "unreachable", "no connection"),
        (unanswered("HTTP 502"), "ambiguous", "no whole answer"),
    ],
)
def test_a_job_that_cannot_be_asked_about_ends_the_run(error: ApiError, reason: str, words: str) -> None:
    site = submitted()
    site.before = always(DETAIL, error)
    with pytest.raises(RunError, match=words) as raised:
        ask(site, ("p1", 1))
    assert raised.value.reason == reason


def test_a_job_names_its_tasks_and_why_they_failed() -> None:
    site = submitted(b=TaskBehaviour(refusal="坏"))
    (job,) = ask(site, ("p1", 1))
    assert [(found.task.task_id, found.state, found.message, found.location) for found in job.outcomes] == [
        ("a", State.LIVE, "", None),
        ("b", State.FAILED, "WeData says: 坏", None),
    ]


def test_an_error_log_that_cannot_be_read_changes_no_verdict() -> None:
    site = submitted(b=TaskBehaviour(refusal="坏"))
    site.before = always(LOG, unanswered("HTTP 502"))
    (job,) = ask(site, ("p1", 1))
    assert [found.state for found in job.outcomes] == [State.LIVE, State.FAILED]
    assert "its error log cannot be read" in job.outcomes[1].message


def test_jobs_that_run_are_waited_for_if_asked_to() -> None:
    site = submitted(b=TaskBehaviour(seconds=50))
    (job,) = ask(site, ("p1", 1))
    assert (job.status, job.message, job.outcomes) == (BatchStatus.RUNNING, "job 1 is INIT", ())
    (job,) = ask(site, ("p1", 1), timeout=20)
    assert job.status is BatchStatus.RUNNING
    (job,) = ask(site, ("p1", 1), timeout=100)
    assert {found.state for found in job.outcomes} == {State.LIVE}
    assert "0 of 1 jobs have ended. Open until" in site.progress[-1][1]


# By stamps


def ask_tasks(site: Site, *tasks: Task, timeout: int = 0) -> dict[str, TaskOutcome]:
    clock = site.clock.started(random.Random(1), lambda: None)
    found = ask_by_stamps(site.call, clock, site.files, tasks, timeout, lambda text: site.progress.append((0.0, text)))
    return {outcome.task.task_id: outcome for outcome in found}


@pytest.mark.parametrize("kind", ["domestic", "intl"])
def test_each_task_is_listed_with_the_state_of_its_content(kind: str) -> None:
    site = make_site(kind, tasks={"p1": {"live", "waits", "refused", "never", "hand", "other"}})
    site.wedata.set_task("waits", TaskBehaviour(approve_status="审批中"))
    site.wedata.set_task("refused", TaskBehaviour(approve_status="已驳回"))
    site.wedata.add_by_hand("p1", "hand", "by hand")
    site.run(stamped("1", "live", "waits", "refused", "other"), timeout=1)
    tasks = [make_task(task_id) for task_id in ("live", "waits", "refused", "never", "hand", "gone")]
    other = make_task("other")._replace(fingerprint="00" * 32)
    found = ask_tasks(site, *tasks, other)
    assert {task_id: str(outcome.state) for task_id, outcome in found.items()} == {
        "live": "live",
        "waits": "pending-approval",
        "refused": "failed",
        "never": "unknown",
        "hand": "unknown",
        "gone": "failed",
        "other": "unknown",
    }
    assert "WeData has no task gone" in found["gone"].message
    assert f"has the content of commit {HEAD[:12]}, not of head" in found["other"].message
    assert "none of its versions has a stamp" in found["hand"].message


def test_tasks_that_are_open_are_waited_for_if_asked_to() -> None:
    site = make_site("intl")
    site.wedata.set_task("slow", TaskBehaviour(version_delay=50))
    site.run(stamped("1", "slow"), wait=False)
    assert ask_tasks(site, make_task("slow"))["slow"].failure_reason == "ambiguous"
    assert ask_tasks(site, make_task("slow"), timeout=20)["slow"].failure_reason == "timeout"
    assert ask_tasks(site, make_task("slow"), make_task("slow", "p2"), timeout=100)["slow"].state is State.UNKNOWN
    assert ask_tasks(site, make_task("slow"), timeout=100)["slow"].state is State.LIVE
    assert "slow (none of its versions has a stamp)" in site.progress[0][1]
