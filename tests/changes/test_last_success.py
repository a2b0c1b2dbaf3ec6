"""What a run makes of the records that earlier runs left: which base, what is unsettled, and when it must ask."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.simulation.clock import SimulatedClock
from tests.support.github import REPOSITORY, WORKFLOW, Annotation, GitHub, WorkflowRun
from tests.support.repositories import ENVIRON, OriginAncestry, clone, commit, git, init
from wedata_action.changes.base import Base
from wedata_action.changes.find_base import find_base
from wedata_action.changes.history import History
from wedata_action.changes.record import TITLE, Record, scope_of
from wedata_action.clock import Clock
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository
from wedata_action.github.context import Context
from wedata_action.github.errors import GitHubError
from wedata_action.settings import read_settings

OWN = 900  # the id of the run that asks; a clone's depth decides whether GitHub is asked for ancestry
SCOPE = scope_of(read_settings({}, {}))


class Main:
    """A branch, the runs on it, and the run that asks, which is the newest unless it is told otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = init(folder / "origin.git", "--bare")
        git(self.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.clock = SimulatedClock()
        self.github = GitHub(self.clock.now, ancestry=OriginAncestry(self.origin))
        self.before = ""

    def push(self, content: str = "", *, parents: Sequence[str] | None = None) -> str:
        self.clock.sleep(3600)
        return commit(self.origin, {"wedata/a.yml": content or str(self.clock.now())}, parents=parents)

    def run(self, head: str, *results: str, base: str = "", scope: str = SCOPE, **fields: Any) -> WorkflowRun:
        """A run with one attempt for each result; an empty one recorded nothing."""
        number = len(self.github.runs) + 1
        given: dict[str, Any] = {"id": 100 + number, "number": number, "head": head, "created": self.clock.now(),
                                 "conclusion": "success"}  # fmt: skip
        run = WorkflowRun(**given | fields)
        self.github.runs.append(run)
        for result in results:
            record = Record(scope, base, head, result)
            job = self.github.start(run)
            self.github.end(job, "failure", [Annotation("notice", TITLE, f"said {record}")] if result else [])
        return run

    def ask(self, head: str, base: str = "auto", *, depth: int | None = 1, event: str = "push", **fields: Any) -> Base:
        inputs = {"base": base, **fields.pop("inputs", {})}
        settings = read_settings(inputs, {})
        before = fields.pop("before", self.before)
        payload = {"repository": {"default_branch": "main"}, "before": before or "0" * 40, **fields.pop("payload", {})}
        own: dict[str, Any] = {"run_id": str(OWN), "run_attempt": 1, "ref": "refs/heads/main"} | fields
        context = Context(event_name=event, event=payload if event == "push" else {}, sha=head, repository=REPOSITORY,
                          server_url="", api_url="", workspace=Path(), workflow=WORKFLOW, **own)  # fmt: skip
        if not any(run.id == int(context.run_id) for run in self.github.runs):
            self.github.start(self.run(head, id=int(context.run_id), conclusion=None))
        options = [] if depth is None else [f"--depth={depth}"]
        number = len(list(self.folder.iterdir()))
        git(self.origin, "branch", "--force", "asking", head)
        folder = clone(self.origin, self.folder / f"clone{number}", "--branch=asking", *options)
        clock: Clock = self.clock.started(random.Random(0), lambda: None)
        history = History(self.get, clock, REPOSITORY, context.branch, WORKFLOW, scope_of(settings))
        with Repository(folder, ENVIRON) as repository:
            return find_base(settings, repository, context, head, history)

    def get(self, path: str, **parameters: str | int) -> Any:
        status, value = self.github.answer(f"https://x/repos/{REPOSITORY}/{path}?{urlencode(parameters)}")
        if status != 200:
            raise GitHubError(status, str(value))
        return value

    def refusal(self, head: str, *arguments: Any, **fields: Any) -> RunError:
        with pytest.raises(RunError) as caught:
            self.ask(head, *arguments, **fields)
        return caught.value


@pytest.fixture
def main(tmp_path: Path) -> Main:
    return Main(tmp_path)


DEPTHS = pytest.mark.parametrize("depth", [1, None])


@DEPTHS
def test_the_newest_success_is_the_base_and_runs_since_are_unsettled(main: Main, depth: int | None) -> None:
    one, two, three, head = (main.push() for _ in range(4))
    main.run(one, "success")
    main.run(two, "failure")
    main.run(three, "")
    found = main.ask(head, depth=depth)
    assert (found.commits, found.source, found.unsettled) == ((one,), "last-success", (three, two))
    assert found.look_first_because(None)


@pytest.mark.parametrize("word", ["noop", "adopted", "submitted"])
def test_every_green_word_is_a_success(main: Main, word: str) -> None:
    one, head = main.push(), main.push()
    main.run(one, word)
    assert main.ask(head).commits == (one,)


def test_an_awaited_approval_is_a_success_for_those_who_pass_it(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.run(two, "pending-approval")
    assert main.ask(head).commits == (one,)
    assert main.ask(head, inputs={"pending-approval": "pass"}, run_id="901").commits == (two,)


def test_neither_names_nor_conclusions_play_a_part(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success", conclusion="failure")
    main.run(two, "", conclusion="success")
    assert main.ask(head).commits == (one,)


def test_an_earlier_attempt_that_succeeded_counts_though_a_later_one_failed(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.run(two, "success", "failure")
    assert main.ask(head).commits == (two,)


def test_an_earlier_attempt_of_this_run_counts_too(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "success")
    main.run(head, "success", id=OWN)
    assert main.ask(head, run_attempt=2).commits == (head,)


def test_a_later_success_supersedes_this_run(main: Main) -> None:
    one, head, later = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.run(later, "success", id=OWN + 5)
    error = main.refusal(head)
    assert error.reason is Reason.SUPERSEDED
    assert str(OWN + 5) in error.message


def test_a_later_run_without_a_success_is_unsettled(main: Main) -> None:
    one, head, later = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.run(later, "failure", id=OWN + 5)
    assert main.ask(head).unsettled == (later,)


def test_another_scope_is_another_story(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.run(two, "success", scope="0123456789ab")
    found = main.ask(head)
    assert (found.commits, found.unsettled) == ((one,), (two,))


def test_runs_of_forks_of_pull_requests_and_of_merge_groups_do_not_count(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "success")
    for fields in ({"repository": "stranger/fork"}, {"event": "pull_request"}, {"event": "merge_group"}):
        main.run(head, "success", **fields)
    found = main.ask(head)
    assert (found.commits, found.unsettled) == ((one,), ())


def test_a_run_of_which_no_job_started_is_not_unsettled(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.github.leave_out(main.run(two), "deploy", "skipped")
    main.github.leave_out(main.run(two), "deploy", "cancelled")
    main.run(two, conclusion="startup_failure")
    assert main.ask(head).unsettled == ()


@DEPTHS
def test_a_success_on_a_commit_that_a_force_push_removed_is_passed_over(main: Main, depth: int | None) -> None:
    one = main.push()
    main.run(one, "success")
    gone = main.push()
    main.run(gone, "success")
    head = main.push(parents=[one])
    found = main.ask(head, depth=depth, before=gone, payload={"forced": True})
    assert (found.commits, found.unsettled) == ((one,), (gone,))
    later = main.push(parents=[head])
    found = main.ask(later, depth=depth, before=head, payload={"forced": False}, run_id=str(OWN + 1))
    assert (found.commits, found.unsettled) == ((one,), (head, gone))
    asked = [url for url in main.github.requests if "/compare/" in url]
    assert bool(asked) is (depth is not None)


def test_after_a_success_no_other_workflow_is_asked_about(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "success")
    main.ask(head)
    assert not [url for url in main.github.requests if "/actions/runs?" in url]


def test_a_re_run_takes_no_earlier_success_of_another_workflow_for_its_own(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.run(two, "success", workflow="other.yml")
    assert main.ask(head, run_attempt=2).commits == (one,)


def test_a_push_without_force_needs_no_word_of_github_about_its_ancestry(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "success")
    assert main.ask(head, before=one, payload={"forced": False}).commits == (one,)
    assert not [url for url in main.github.requests if "/compare/" in url]


def test_a_notice_with_another_commit_or_title_is_no_record(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    forged = main.run(two)
    record = str(Record(SCOPE, "", one, "success"))
    main.github.end(main.github.start(forged), "success", [Annotation("notice", TITLE, record)])
    own = str(Record(SCOPE, "", two, "success"))
    main.github.end(
        main.github.start(forged), "success", [Annotation("notice", "", own), Annotation("warning", TITLE, own)]
    )
    assert main.ask(head).commits == (one,)


def test_at_first_use_a_push_starts_from_where_the_branch_was(main: Main) -> None:
    one, head = main.push(), main.push()
    found = main.ask(head, before=one)
    assert (found.commits, found.source, found.first_use) == ((one,), "event", True)
    assert found.explanation == "the branch before this push, at first use"


def test_at_first_use_a_later_run_is_unsettled_like_any_other(main: Main) -> None:
    one, head, later = main.push(), main.push(), main.push()
    main.run(later, "", id=OWN + 1)
    found = main.ask(head, before=one, run_attempt=2)
    assert (found.commits, found.first_use, found.unsettled) == ((one,), True, (later,))


def test_at_first_use_a_new_default_branch_is_all_new(main: Main) -> None:
    found = main.ask(main.push())
    assert (found.commits, found.source, found.first_use) == (("",), "empty", True)


@DEPTHS
def test_without_a_success_the_first_record_says_where_to_start(main: Main, depth: int | None) -> None:
    start, one, two, head = (main.push() for _ in range(4))
    main.run(one, "failure", base=start)
    main.run(two, "failure", base=start)
    found = main.ask(head, before=two, depth=depth)
    assert (found.commits, found.source) == ((start,), "event")
    assert (found.unsettled, found.first_use) == ((two, one), False)


def test_without_a_success_no_recorded_base_is_forgotten(main: Main) -> None:
    start, other, one, two, head = (main.push() for _ in range(5))
    main.run(one, "failure", base=start)
    main.run(two, "failure", base=other)
    assert main.ask(head, before=two).commits == (start, other)
    main.run(two, "failure", base="")
    assert (main.ask(head, before=two).commits, main.ask(head, before=two).source) == (("",), "empty")


def test_a_record_of_a_later_run_says_that_this_is_not_the_first_use(main: Main) -> None:
    start, head, later = (main.push() for _ in range(3))
    main.run(later, "failure", base=start, id=OWN + 1)
    assert main.refusal(head, before=start, run_attempt=2).reason is Reason.UNRESOLVED_BASE


def test_the_first_record_may_start_from_nothing(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "failure")
    found = main.ask(head, before=one)
    assert (found.commits, found.source, found.unsettled) == (("",), "empty", (one,))


def test_a_run_without_a_record_before_the_first_one_is_unsettled_too(main: Main) -> None:
    start, zero, one, head = (main.push() for _ in range(4))
    main.run(zero, "")
    main.run(one, "failure", base=start)
    assert main.ask(head, before=one).unsettled == (one, zero)


@pytest.mark.parametrize(
    ("results", "scope", "fields"),
    [
        (("",), SCOPE, {}),
        (("success",), "0123456789ab", {}),
    ],
)
def test_earlier_runs_without_a_record_of_this_scope_ask_for_a_base(
    main: Main, results: tuple[str], scope: str, fields: dict[str, Any]
) -> None:
    one, head = main.push(), main.push()
    main.run(one, *results, scope=scope, **fields)
    error = main.refusal(head, before=one)
    assert error.reason is Reason.UNRESOLVED_BASE
    assert all(word in error.message for word in ("'base'", "adopt", "empty", one))
    assert ("with other inputs a run succeeded at" in error.message) == (scope != SCOPE)


@pytest.mark.parametrize("event", ["workflow_dispatch", "schedule"])
def test_first_use_without_a_push_asks_for_a_base(main: Main, event: str) -> None:
    message = main.refusal(main.push(), event=event).message
    assert "no earlier run has recorded anything" in message
    assert message.endswith("or the id of the last commit whose tasks are in WeData")


def test_a_new_branch_that_is_not_the_default_asks_for_a_base(main: Main) -> None:
    head = main.push()
    git(main.origin, "branch", "release", head)
    assert "the branch release is new" in main.refusal(head, ref="refs/heads/release").message
    own = main.push(parents=[head])
    git(main.origin, "branch", "--force", "main", head)
    assert "the branch release is new" in main.refusal(own, ref="refs/heads/release", run_id="901").message


def test_at_first_use_a_push_to_any_branch_starts_from_where_that_branch_was(main: Main) -> None:
    one, head = main.push(), main.push()
    found = main.ask(head, before=one, ref="refs/heads/release")
    assert (found.commits, found.source, found.first_use) == ((one,), "event", True)


@pytest.mark.parametrize("result", ["success", "failure"])
def test_the_records_of_a_renamed_workflow_count(main: Main, result: str) -> None:
    start, one, two, head = (main.push() for _ in range(4))
    main.run(one, result, base=start, workflow="old.yml")
    main.run(two, "", workflow="old.yml")
    main.run(two, "", workflow="tests.yml")
    found = main.ask(head, before=two)
    assert found.commits == ((one,) if result == "success" else (start,))
    assert found.unsettled == ((two,) if result == "success" else (two, one))


def test_where_other_workflows_are_looked_at_no_run_is_read_twice(main: Main) -> None:
    start, one, head = (main.push() for _ in range(3))
    main.run(one, "failure", base=start)
    main.run(one, "failure", base=start, workflow="old.yml")
    main.ask(head)
    read = [url for url in main.github.requests if "/check-suites/" in url]
    assert len(read) == len(set(read)) == 3


def test_another_workflow_without_records_does_not_hinder_first_use(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "", workflow="tests.yml")
    assert main.ask(head, before=one).first_use


@pytest.mark.parametrize(("lag", "waits"), [(15, True), (40, False)])
def test_a_record_that_shows_late_is_waited_for_up_to_20_seconds(main: Main, lag: float, waits: bool) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.clock.sleep(3600)
    run = main.run(two)
    record = str(Record(SCOPE, one, two, "success"))
    main.github.end(main.github.start(run), "success", [Annotation("notice", TITLE, record)], lag=lag)
    start = main.clock.now()
    assert main.ask(head).commits == ((two,) if waits else (one,))
    assert main.clock.now() - start <= 22


def test_a_run_that_ended_long_ago_is_not_waited_for(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.run(two, "")
    main.clock.sleep(61)
    start = main.clock.now()
    assert main.ask(head).commits == (one,)
    assert main.clock.now() == start


@DEPTHS
def test_a_revision_is_compared_as_well_as_the_last_success(main: Main, depth: int | None) -> None:
    zero, old, one, two, head = (main.push() for _ in range(5))
    main.run(zero, "failure")
    main.run(old, "failure")
    main.run(one, "success")
    main.run(two, "failure", base=one)
    found = main.ask(head, old, depth=depth, event="workflow_dispatch")
    assert (found.commits, found.source, found.unsettled) == ((old, one), "input", (two,))
    assert (found.explanation, found.everything) == (f"as given, and as without it, {one}", False)
    older = main.ask(head, zero, depth=depth, event="workflow_dispatch", run_id=str(OWN + 1))
    assert (older.commits, older.unsettled) == ((zero, one), (head, two, old))


def test_a_revision_before_the_last_success_forgets_no_run_between_them(main: Main) -> None:
    zero, one, two, three, head = (main.push() for _ in range(5))
    main.run(one, "failure")
    main.run(three, "failure")
    main.run(two, "success")
    found = main.ask(head, zero, before=three, payload={"forced": False})
    assert (found.commits, found.unsettled) == ((zero, two), (three, one))


def test_a_revision_without_a_success_forgets_no_run(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(two, "")
    found = main.ask(head, one, event="workflow_dispatch")
    assert (found.commits, found.unsettled, found.explanation) == ((one,), (two,), "as given")


def test_a_revision_is_compared_as_well_as_the_empty_tree_where_the_first_record_started(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "failure")
    found = main.ask(head, two, event="workflow_dispatch")
    assert (found.commits, found.explanation) == ((two, ""), "as given, and as without it, the empty tree")


def test_a_revision_is_compared_as_well_as_the_base_of_the_first_record(main: Main) -> None:
    start, one, two, head = (main.push() for _ in range(4))
    main.run(one, "failure", base=start)
    found = main.ask(head, two, event="workflow_dispatch")
    assert (found.commits, found.unsettled) == ((two, start), (one,))


def test_adopt_starts_from_head_unless_a_run_has_succeeded(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "")
    assert (main.ask(head, "adopt").commits, main.ask(head, "adopt").source) == ((head,), "adopt")
    main.run(one, "success")
    error = main.refusal(head, "adopt")
    assert error.reason is Reason.INVALID_INPUT
    assert one in error.message


def test_an_unsettled_commit_that_is_gone_has_every_definition_looked_up(main: Main) -> None:
    one, two, head = main.push(), main.push(), main.push()
    main.run(one, "success")
    main.run(two, "failure")
    main.run("12" * 20, "failure")
    found = main.ask(head)
    assert (found.unsettled, found.everything) == ((two,), True)


def test_more_than_100_runs_without_a_success_ask_for_a_base(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "success")
    for _ in range(99):
        main.run(one, "failure")
    error = main.refusal(head)
    assert error.reason is Reason.UNRESOLVED_BASE
    assert "none of the newest 100 runs" in error.message
    found = main.ask(head, one, event="workflow_dispatch", run_id=str(OWN + 1))
    assert (found.commits, found.everything) == ((one,), True)


def test_a_revision_older_than_100_runs_keeps_the_last_success(main: Main) -> None:
    old, one, head = main.push(), main.push(), main.push()
    main.run(old, "success")
    for _ in range(99):
        main.run(one, "failure")
    main.run(one, "success")
    main.run(one, "failure")
    found = main.ask(head, old, event="workflow_dispatch")
    assert (found.commits, found.everything) == ((old, one), True)


def test_100_runs_are_read(main: Main) -> None:
    one, head = main.push(), main.push()
    main.run(one, "success")
    for _ in range(98):
        main.run(one, "failure")
    assert main.ask(head).commits == (one,)


def test_history_that_may_not_be_read_is_an_unresolved_base(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(*_: object, **__: object) -> Any:
        raise GitHubError(403, "Resource not accessible by integration")

    monkeypatch.setattr(main, "get", get)
    error = main.refusal(main.push())
    assert error.reason is Reason.UNRESOLVED_BASE
    assert "Resource not accessible" in error.message
    assert "base' to event" in error.message


def test_a_merge_queue_is_refused(main: Main) -> None:
    head = main.push()
    git(main.origin, "branch", "gh-readonly-queue/main/pr-1", head)
    assert "merge queue" in main.refusal(head, ref="refs/heads/gh-readonly-queue/main/pr-1").message
