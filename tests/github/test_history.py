from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulation.clock import SimulatedClock
from tests.simulation.github import JOB, REPOSITORY, STEP, GitHub, WorkflowRun
from tests.support.json_http import JsonServer, Reply, serve_json
from wedata_action.github.api import Api, GitHubError
from wedata_action.github.context import Context
from wedata_action.github.history import History, read_history

OWN = 4


def runs(*conclusions: str) -> list[WorkflowRun]:
    """Runs 1, 2, … with these conclusions; run 4 is this one."""
    made = [
        WorkflowRun(100 + number, number, f"commit-{number}", {}, [conclusion], conclusion)
        for number, conclusion in enumerate(conclusions, start=1)
    ]
    made[OWN - 1].attempts = [None]
    return made


def context(url: str, action: str, attempt: int) -> Context:
    return Context(
        event_name="push",
        event={},
        sha=f"commit-{OWN}",
        ref="refs/heads/main",
        repository=REPOSITORY,
        server_url="https://github.com",
        api_url=url,
        run_id=str(100 + OWN),
        run_attempt=attempt,
        workspace=Path(),
        runner_name=f"runner-{100 + OWN}",
        action=action,
    )


@contextmanager
def history_of(
    made: list[WorkflowRun], answer: Callable[[str], Reply | None] = lambda _: None, action: str = "owner/wedata-action"
) -> Iterator[tuple[Callable[[], History], JsonServer, SimulatedClock]]:
    """Reads the history of these runs over HTTP; `answer` may answer a request otherwise."""
    github, clock = GitHub(made), SimulatedClock()

    def reply(path: str) -> Reply:
        other = answer(path)
        if other is not None:
            return other
        status, value = github.answer(path)
        return Reply(value, status)

    with serve_json(reply) as server, requests.Session() as session:
        session.trust_env = False
        started = clock.started(random.Random(0), lambda: None)
        api = Api(server.url, REPOSITORY, "token", session, clock=started, log=lambda _: None)
        yield (
            lambda: read_history(
                api,
                context(server.url, action, len(made[-1].attempts if len(made) < OWN else made[OWN - 1].attempts)),
                started,
            ),
            server,
            clock,
        )


def read(made: list[WorkflowRun], answer: Callable[[str], Reply | None] = lambda _: None) -> History:
    with history_of(made, answer) as (read_it, _, _):
        return read_it()


def test_the_last_success_is_the_newest_by_number_and_runs_since_are_unsettled() -> None:
    made = runs("success", "success", "failure", "")
    assert read(made) == History("commit-2", ("commit-3",), None, earlier=True)


def test_a_job_that_succeeded_counts_though_the_workflow_failed_later() -> None:
    made = runs("failure", "failure", "success", "")
    made[2].workflow_conclusion = "failure"
    assert read(made).last_success == "commit-3"


def test_a_green_workflow_whose_job_was_skipped_is_no_success() -> None:
    made = runs("success", "failure", "skipped", "")
    made[2].workflow_conclusion = "success"
    assert read(made) == History("commit-1", ("commit-3", "commit-2"), None, earlier=True)


def test_a_run_that_was_cancelled_before_it_had_jobs_may_have_been_one_of_ours() -> None:
    made = runs("absent", "absent", "absent", "")
    for run in made:
        run.workflow_conclusion = "cancelled"
    assert read(made) == History(None, ("commit-3", "commit-2", "commit-1"), None, earlier=True)


def test_runs_of_forks_and_of_pull_requests_do_not_count() -> None:
    made = runs("success", "success", "success", "")
    for run in made[1:3]:
        run.noise = True
    assert read(made).last_success == "commit-1"


def test_a_newer_success_supersedes_this_run() -> None:
    assert read(runs("success", "failure", "failure", "", "failure", "success")).superseded_by == 6


def test_newer_runs_that_failed_are_unsettled_too() -> None:
    assert read(runs("success", "success", "success", "", "failure")).unsettled == ("commit-5",)


def test_an_earlier_attempt_that_succeeded_still_counts() -> None:
    made = runs("success", "success", "success", "")
    made[2].attempts = ["success", "failure"]
    assert read(made).last_success == "commit-3"


def test_an_earlier_attempt_of_this_run_counts_too() -> None:
    made = runs("success", "success", "success", "", "failure")
    made[OWN - 1].attempts = ["success", None]
    assert read(made) == History("commit-4", ("commit-5",), None, earlier=True)


def test_a_first_run_has_no_history() -> None:
    made = runs("", "", "", "")[OWN - 1 :]
    assert read(made) == History(None, (), None, earlier=False)


def test_a_job_that_the_workflow_did_not_have_yet_is_no_earlier_run() -> None:
    def without_our_job(path: str) -> Reply | None:
        if "/runs/101/jobs" in path:
            return Reply({"jobs": [{"name": "Tests", "conclusion": "success", "steps": []}]})
        return None

    made = runs("success", "", "", "")
    assert read([made[0], made[3]], without_our_job) == History(None, (), None, earlier=False)


def test_the_step_must_have_succeeded_and_not_only_its_job() -> None:
    def continue_on_error(path: str) -> Reply | None:
        if "/runs/103/jobs" in path:
            steps = [{"name": f"{STEP}9", "conclusion": "failure"}]
            return Reply({"jobs": [{"name": JOB, "conclusion": "success", "steps": steps}]})
        return None

    assert read(runs("success", "success", "success", ""), continue_on_error).last_success == "commit-2"


def test_of_several_jobs_of_one_name_all_must_have_succeeded() -> None:
    def matrix(path: str) -> Reply | None:
        if "/runs/103/jobs" not in path:
            return None
        steps = {word: [{"name": f"{STEP}1", "conclusion": word}] for word in ("success", "failure")}
        return Reply(
            {"jobs": [{"name": JOB, "conclusion": word, "run_attempt": 1, "steps": steps[word]} for word in steps]}
        )

    assert read(runs("success", "success", "success", ""), matrix).last_success == "commit-2"


def test_a_skipped_job_may_have_another_name_and_is_an_earlier_run() -> None:
    def skipped(path: str) -> Reply | None:
        if "/runs/101/jobs" not in path:
            return None
        jobs = [
            {"name": "Tests", "conclusion": "failure"},
            {"name": "Deploy (${{ matrix.env }})", "conclusion": "skipped"},
        ]
        return Reply({"jobs": jobs})

    made = runs("failure", "", "", "")
    assert read([made[0], made[3]], skipped) == History(None, ("commit-1",), None, earlier=True)


def test_a_list_that_breaks_off_is_an_error() -> None:
    def short(path: str) -> Reply | None:
        return Reply({"workflow_runs": [], "total_count": 1200}) if "/workflows/" in path else None

    with history_of(runs("", "", "", ""), short) as (read_it, _, _), pytest.raises(GitHubError, match="0 of 1200"):
        read_it()


def test_runs_are_taken_by_their_numbers_in_whatever_order_they_come() -> None:
    def oldest_first(path: str) -> Reply | None:
        if "/workflows/" not in path:
            return None
        return Reply({"workflow_runs": [run.as_json() for run in made]})

    made = runs("success", "success", "failure", "")
    assert read(made, oldest_first) == History("commit-2", ("commit-3",), None, earlier=True)


def test_pages_are_read_as_far_as_the_last_success() -> None:
    made = runs("success", *["failure"] * 2, "", *["failure"] * 200)

    def paged(path: str) -> Reply | None:
        if "/workflows/" not in path:
            return None
        page = int(path.rsplit("page=", maxsplit=1)[-1].split("&", maxsplit=1)[0])
        newest_first = sorted(made, key=lambda run: run.number, reverse=True)
        return Reply({"workflow_runs": [run.as_json() for run in newest_first[100 * (page - 1) : 100 * page]]})

    with history_of(made, paged) as (read_it, server, _):
        found = read_it()
        assert found.last_success == "commit-1"
        assert len(found.unsettled) == 202
        assert [path.count("/workflows/") for path, _ in server.requests].count(1) == 3


def test_few_calls_are_made_and_the_token_goes_with_each() -> None:
    with history_of(runs("success", "success", "success", "")) as (read_it, server, _):
        read_it()
        assert len(server.requests) == 4
        assert {headers["Authorization"] for _, headers in server.requests} == {"Bearer token"}


def step_named(*names: str) -> Callable[[str], Reply | None]:
    """GitHub shows this step under way in one look after another."""
    looks = iter(names)

    def answer(path: str) -> Reply | None:
        if "/attempts/" not in path:
            return None
        steps = [{"name": next(looks), "status": "in_progress"}]
        job = {"name": JOB, "status": "in_progress", "runner_name": f"runner-{100 + OWN}", "steps": steps}
        return Reply({"jobs": [{"name": "Other", "status": "in_progress", "runner_name": "other"}, job]})

    return answer


def test_a_step_with_a_name_is_looked_at_until_two_looks_agree() -> None:
    lagging = step_named("Check out", "Submit", "Submit")
    with history_of(runs("", "", "", "")[3:], lagging) as (read_it, server, clock):
        before = clock.seconds
        read_it()
        assert sum("/attempts/" in path for path, _ in server.requests) == 3
        assert clock.seconds - before == 4


def test_names_that_never_agree_are_an_error() -> None:
    changing = step_named("a", "b", "c", "d", "e")
    with (
        history_of(runs("", "", "", "")[3:], changing) as (read_it, _, _),
        pytest.raises(GitHubError, match="under way"),
    ):
        read_it()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_history_that_may_not_be_read_is_said_at_once(status: int) -> None:
    def refuse(_: str) -> Reply:
        return Reply({"message": "Resource not accessible by integration"}, status)

    with history_of(runs("", "", "", ""), refuse) as (read_it, server, _):
        with pytest.raises(GitHubError, match="not accessible") as raised:
            read_it()
        assert not raised.value.passing
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Reply({}, 500),
        Reply(b"<html>", 502),
        Reply({"message": "slow down"}, 429),
        Reply({"message": "API rate limit exceeded"}, 403, {"X-RateLimit-Remaining": "0"}),
        Reply({"message": "secondary rate limit"}, 403, {"Retry-After": "9"}),
    ],
)
def test_what_may_pass_is_tried_again_for_a_minute(trouble: Reply) -> None:
    left = [3]

    def soon_well(_: str) -> Reply | None:
        left[0] -= 1
        return trouble if left[0] >= 0 else None

    made = runs("success", "success", "success", "")
    assert read(made, soon_well).last_success == "commit-3"
    with history_of(made, lambda _: trouble) as (read_it, _, clock):
        before = clock.seconds
        with pytest.raises(GitHubError) as raised:
            read_it()
        assert raised.value.passing
        assert 60 <= clock.seconds - before < 75


@pytest.mark.parametrize("body", [{"workflow_runs": None}, [], {"jobs": {}}, b"not JSON"])
def test_an_answer_of_another_shape_is_an_error(body: Any) -> None:
    def odd(path: str) -> Reply | None:
        return Reply(body) if "/workflows/" in path or "/attempts/" in path else None

    with history_of(runs("", "", "", ""), odd) as (read_it, _, _), pytest.raises(GitHubError):
        read_it()
