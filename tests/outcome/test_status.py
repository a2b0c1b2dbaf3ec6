"""Asking later: which command is named, and what a failed read says."""

import dataclasses
import shlex

import pytest

from tests.outcome.site import DETAIL, LOG, NOT_CONNECTED, Site, always, answered, make_site, stamped, unanswered
from tests.report.builders import batch, task
from wedata_action.errors import RunError
from wedata_action.outcome.status import ask_again, ask_jobs
from wedata_action.result import Result, State
from wedata_action.settings import read_settings
from wedata_action.tencent.verdicts import ApiError
from wedata_sandbox.behaviour import TaskBehaviour


def unknown(*job_ids: int | None, project: str = "p1") -> Result:
    tasks = [task(str(number), State.UNKNOWN, job_id=job, project_id=project) for number, job in enumerate(job_ids)]
    done = task("99", State.LIVE, job_id=99)
    return Result("submit", "unknown", batches=(batch(*tasks, done),), base="b" * 40, head="h" * 40)


def command(result: Result, *, by_job: bool, **inputs: str) -> list[str]:
    given = {"region": "ap-guangzhou", "endpoint": "wedata.tencentcloudapi.com"} | inputs
    settings = read_settings({name.replace("_", "-"): value for name, value in given.items()}, {})
    return shlex.split(ask_again(result, settings, by_job=by_job))


SITE = ["wedata-action", "status", "--region", "ap-guangzhou", "--endpoint", "wedata.tencentcloudapi.com"]


def test_by_job_only_the_jobs_that_are_open_are_named_each_once() -> None:
    assert command(unknown(7, 7, 8), by_job=True) == [*SITE, "--project-id", "p1", "7", "8"]


def test_each_project_has_a_command_of_its_own() -> None:
    both = unknown(7)
    both = dataclasses.replace(both, batches=(*both.batches, *unknown(8, project="p 2").batches))
    assert command(both, by_job=True) == [*SITE, "--project-id", "p1", "7", "&&", *SITE, "--project-id", "p 2", "8"]


def test_without_the_api_of_jobs_or_without_a_job_the_stamps_are_asked_for() -> None:
    by_stamp = ["--base", "b" * 40, "--head", "h" * 40]
    assert command(unknown(7), by_job=False) == [*SITE, *by_stamp]
    assert command(unknown(7, None), by_job=True) == [*SITE, *by_stamp]
    empty = dataclasses.replace(unknown(7), base="")
    assert "--base empty" in shlex.join(command(empty, by_job=False))
    assert command(unknown(7), by_job=False, endpoint="wedata.intl.tencentcloudapi.com")[4:6] == by_stamp[:2]


def test_what_finds_the_tasks_is_given_again_as_it_was_given() -> None:
    given = {"definitions": "jobs/*.yml\n!jobs/it's.yml", "project_id": "p1"}
    found = command(unknown(7), by_job=False, **given)
    assert dict(zip(found[6:10:2], found[7:10:2], strict=True)) == {
        "--project-id": "p1",
        "--definitions": "jobs/*.yml\n!jobs/it's.yml",
    }


def submitted() -> Site:
    site = make_site("domestic")
    site.wedata.set_task("b", TaskBehaviour(refusal="坏"))
    site.run(stamped("1", "a", "b"), wait=False)
    return site


@pytest.mark.parametrize(
    ("error", "reason", "words"),
    [
        (answered("InvalidAction"), "invalid-input", "give base and head"),
        (answered("ResourceNotFound.Job"), "invalid-input", "project p1 has no job 1"),
        (answered("UnauthorizedOperation"), "auth", "Allow the CAM action wedata:ListBatchDetail"),
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
        ask_jobs(site.call, "p1", [1], 1)
    assert raised.value.reason == reason


def test_error_logs_are_given_up_after_one_that_cannot_be_read() -> None:
    site = submitted()
    (job,) = ask_jobs(site.call, "p1", [1], 1)
    assert [(found.task_id, found.state, found.message) for found in job.tasks] == [
        ("a", State.LIVE, ""),
        ("b", State.FAILED, "WeData says: 坏"),
    ]
    site.before = always(LOG, unanswered("HTTP 502"))
    before = site.counts()[LOG]
    for job in ask_jobs(site.call, "p1", [1, 1, 1], 1):
        assert [found.state for found in job.tasks] == [State.LIVE, State.FAILED]
        assert "its error log could not be read" in job.tasks[1].message
    assert site.counts()[LOG] == before + 1
