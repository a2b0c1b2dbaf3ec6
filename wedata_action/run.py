"""One run, from its settings to its end: joins the stages and lets each failure end as a `Result`."""

from __future__ import annotations

import base64
import dataclasses
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wedata_action import conclusion
from wedata_action.base import Base, find_base, find_head
from wedata_action.changes.compare import Changes, find_changes
from wedata_action.changes.trees import CommitTree, WorkTree
from wedata_action.changes.validation import validate
from wedata_action.errors import Cancelled, Problem, Reason, RunError
from wedata_action.git import GitError, Remote, Repository
from wedata_action.github.context import Context
from wedata_action.globs import PathFilter, compile_globs
from wedata_action.ledger import Ledger
from wedata_action.plan import Batch, default_text, make_batches, option_warnings
from wedata_action.report.console import Console
from wedata_action.report.reporter import Reporter
from wedata_action.result import BatchResult, Result, Untouched
from wedata_action.settings import Settings
from wedata_action.tencent.rate import RateLimit
from wedata_action.world import World

if TYPE_CHECKING:
    import requests

    from wedata_action.changes.reading import Task
    from wedata_action.outcome.waiting import Waiting
    from wedata_action.tencent.client import Client

_SHOWN = 20  # tasks of a batch in the log; all are in the job summary


@dataclass(slots=True)
class Run:
    """One run and what is known of it so far. `session` makes the HTTP session when the first call needs it."""

    settings: Settings
    context: Context | None
    environ: Mapping[str, str]
    console: Console
    reporter: Reporter
    world: World
    session: Callable[[], requests.Session]
    known: Result
    ledger: Ledger | None = None
    last_progress: float = 0.0

    def result(self) -> Result:
        """Runs the mode. Every failure ends as a result; only the interpreter's own end passes through."""
        try:
            return _MODES[self.settings.mode](self)
        except RunError as error:
            known = dataclasses.replace(self._latest(), problems=error.problems)
            return conclusion.failed(known, error.reason, error.message)
        except GitError as error:
            return conclusion.failed(self._latest(), Reason.UNRESOLVED_BASE, f"git failed: {error}")
        except Cancelled as signal:
            return conclusion.cancelled(self._latest(), signal.signal_number, _cancelled(self._latest()))
        except Exception as error:  # noqa: BLE001 - the edge: a fault of ours must still write the outputs
            self.console.debug(traceback.format_exc())
            return conclusion.failed(self._latest(), Reason.INTERNAL, _internal(error))

    def _latest(self) -> Result:
        return self.ledger.close() if self.ledger else self.known

    def progress(self, text: str) -> None:
        """Says how far a wait has come: at each look on a terminal, twice a minute in a log that keeps every line."""
        now = self.world.monotonic()
        if self.context is None or now - self.last_progress >= 30:
            self.last_progress = now
            self.console.progress(text)

    def learn(self, **facts: object) -> None:
        """Adds to what is known, so that it is in the outputs whatever happens next."""
        self.known = dataclasses.replace(self.known, **facts)  # type: ignore[arg-type] # the names are Result's


def _submit(run: Run) -> Result:
    settings = run.settings
    client, rate = _client(run), RateLimit(settings.requests_per_second, run.world)
    batches = _plan(run)
    if not batches:
        return dataclasses.replace(run.known, result="noop")
    from wedata_action.submission import Submission
    from wedata_action.tencent.wedata import submit

    run.learn(result="unknown", failure_reason=Reason.AMBIGUOUS)
    ledger = run.ledger = Ledger(run.known, batches, _publisher(run), run.reporter.redact)
    waiting = _waiting(run, ledger, client, rate)
    if settings.wait and not settings.stamp_remark:
        waiting.take_snapshot(ledger.snapshot().batches)
    run.reporter.publish(ledger.snapshot())
    Submission(
        lambda batch: submit(client.call, batch),
        ledger,
        rate,
        run.world,
        stop_on_rejection=settings.on_error == "stop",
        settle=waiting.settle if settings.wait else None,
    ).run(batches, _workers(run))
    waiting.wait(ledger.snapshot().batches)
    result = conclusion.conclude(ledger.close(), wait=settings.wait, pass_pending=settings.pending_approval == "pass")
    return _with_advice(result, settings)


def _waiting(run: Run, ledger: Ledger, client: Client, rate: RateLimit) -> Waiting:
    from wedata_action.outcome.waiting import Waiting

    def read(action: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        rate.wait()
        return client.call(action, version, payload)

    return Waiting(
        read,
        ledger,
        run.world,
        _workers(run),
        timeout=run.settings.wait_timeout,
        stamped=run.settings.stamp_remark,
        only_look_up=not run.settings.wait,
        log=run.console.line,
        progress=run.progress,
    )


def _workers(run: Run) -> int:
    return min(run.world.workers, run.settings.requests_per_second)


def _with_advice(result: Result, settings: Settings) -> Result:
    """Names the command that asks again, where something is still open."""
    if result.result != "unknown":
        return result
    project = f" --project-id {settings.project_id}" if settings.project_id else ""
    jobs = " ".join(str(batch.job_id) for batch in result.batches if batch.job_id is not None)
    again = (
        f"wedata-action status{project} --region {settings.region} --base {result.base or 'empty'} --head {result.head}"
    )
    by_job = f", or where the site has ListBatchDetail: wedata-action status{project} {jobs}" if jobs else ""
    return dataclasses.replace(
        result, message=f"what became of some tasks is not known; ask again with: {again}{by_job}"
    )


def _plan_only(run: Run) -> Result:
    batches = _plan(run)
    ledger = Ledger(run.known, batches, lambda *_: None, run.reporter.redact)
    for batch in ledger.snapshot().batches:
        _log_batch(run.console, batch)
    return dataclasses.replace(ledger.snapshot(), result="planned" if batches else "noop")


def _validate(run: Run) -> Result:
    with _repository(run) as repository:
        files = PathFilter(run.settings.definitions, repository.prefix)
        if run.context:
            head = find_head(run.settings, repository, run.context)
            run.learn(head=head)
            tasks, problems = validate(CommitTree(repository, head), files, run.settings.project_id or "")
        else:
            tasks, problems = validate(WorkTree(repository.root), files, run.settings.project_id or "")
    if problems:
        message = f"{_count(len(problems), 'mistake')} in the definitions"
        raise RunError(Reason.INVALID_DEFINITION, message, tuple(problems))
    run.console.line(f"{_count(len(tasks), 'task')}, no mistake")
    return dataclasses.replace(run.known, result="valid")


def _status(run: Run) -> Result:
    raise RunError(Reason.INVALID_INPUT, f"mode {run.settings.mode} is not available yet")


_MODES = {"submit": _submit, "plan": _plan_only, "validate": _validate, "status": _status}


def _repository(run: Run) -> Repository:
    remote = None
    if run.context and run.settings.github_token:
        token = base64.b64encode(f"x-access-token:{run.settings.github_token}".encode()).decode()
        remote = Remote(f"{run.context.server_url}/{run.context.repository}", f"Basic {token}")
    folder = Path(run.settings.working_directory)
    try:
        return Repository(folder, run.environ, remote)
    except GitError as error:
        raise RunError(
            Reason.INVALID_INPUT,
            f"{folder.absolute()} is in no git work tree ({error}): check the repository out first, with "
            "actions/checkout, and name its folder in 'working-directory' if it is not the workspace",
        ) from error


def _plan(run: Run) -> tuple[Batch, ...]:
    """The stages up to the first call."""
    settings, console = run.settings, run.console
    with _repository(run) as repository:
        head = find_head(settings, repository, run.context)
        run.learn(head=head)
        base = find_base(settings, repository, run.context, head, lambda *ends: _merge_base(run, *ends))
        run.learn(base=base.commit, base_source=base.source, base_explanation=base.explanation)
        console.line(f"Base: {base.commit or 'the empty tree'} ({base.source}: {base.explanation})")
        console.line(f"Head: {head}")
        files = PathFilter(settings.definitions, repository.prefix)
        changes = _changes(repository, base, head, files, settings.project_id or "")
        text = settings.version_remark or default_text(repository.commit(head).message)
        unmatched = _unmatched(run, repository, head, files)
    warnings = (*run.known.warnings, *unmatched, *option_warnings(changes.changed))
    removed = tuple(_untouched(task, "its definition was removed; WeData keeps the task") for task in changes.removed)
    skipped = tuple(_untouched(found.task, found.reason) for found in changes.skipped)
    run.learn(warnings=warnings, skipped=skipped, removed=removed)
    label = run.context.run if run.context else f"{run.world.now():.0f}.1"  # no other run may have the same stamp
    batches = make_batches(changes.changed, settings, default_text=text, head=head, run=label)
    console.line(
        f"Plan: {_count(len(changes.changed), 'task')} in {_count(len(batches), 'batch', 'batches')}; "
        f"{len(skipped)} looked at and unchanged, {len(removed)} removed"
    )
    return batches


def _changes(repository: Repository, base: Base, head: str, files: PathFilter, project_id: str) -> Changes:
    tree = base.commit or repository.empty_tree
    try:
        return find_changes(repository, tree, head, files, project_id)
    except GitError:
        if not repository.partial:
            raise
    repository.fetch([commit for commit in (base.commit, head) if commit], have=None)
    return find_changes(repository, tree, head, files, project_id)


def _merge_base(run: Run, base: str, head: str) -> str:
    from wedata_action.github.api import Api, GitHubError

    if run.context is None:
        raise RunError(Reason.UNRESOLVED_BASE, "GitHub can only be asked in GitHub Actions: name a commit with --base")
    api = Api(run.context.api_url, run.context.repository, run.settings.github_token, run.session())
    try:
        return api.merge_base(base, head)
    except GitHubError as error:
        raise RunError(
            Reason.UNRESOLVED_BASE,
            f"the merge base of {base} and {head} is not in this clone, and GitHub did not tell it ({error}): check "
            "out with fetch-depth: 0, or give the job the permission contents: read",
        ) from error


def _client(run: Run) -> Client:
    from wedata_action.tencent.client import Client
    from wedata_action.tencent.credentials import from_environment

    if run.settings.region is None:
        raise RunError(Reason.INVALID_INPUT, "input 'region' is not set: give a region such as ap-singapore")
    return Client(
        run.settings.endpoint,
        run.settings.region,
        from_environment(run.environ),
        timeout=run.settings.request_timeout,
        world=run.world,
        session=run.session(),
        debug=run.console.debug,
    )


def _unmatched(run: Run, repository: Repository, head: str, files: PathFilter) -> list[Problem]:
    """A warning for each glob of the user's that fits no file at head."""
    if "definitions" not in run.settings.given:
        return []
    paths = CommitTree(repository, head).list([""])
    return [
        Problem(f"input 'definitions': {glob} matches no file")
        for glob in files.positive
        if not any(map(compile_globs([glob]).match, paths))
    ]


def _untouched(task: Task, reason: str) -> Untouched:
    definition = task.definition
    return Untouched(task.project_id, definition.task_id, definition.name, definition.place, reason)


def _publisher(run: Run) -> Callable[[Result, BatchResult], None]:
    """Writes the outputs at each change, and logs a batch when its call has ended."""
    logged: set[str] = set()

    def publish(result: Result, batch: BatchResult) -> None:
        run.reporter.publish(result)
        if batch.status not in {"planned", "sending"} and batch.number not in logged:
            logged.add(batch.number)
            _log_batch(run.console, batch)

    return publish


def _log_batch(console: Console, batch: BatchResult) -> None:
    job = f", JobId {batch.job_id}" if batch.job_id is not None else ""
    title = f"Batch {batch.number}: {_count(batch.size, 'task')} of project {batch.project_id}: {batch.status}{job}"
    with console.group(title):
        if batch.request_id:
            console.line(f"RequestId {batch.request_id}")
        if batch.message:
            console.line(batch.message)
        for task in batch.tasks[:_SHOWN]:
            console.line(f"{task.place.path}:{task.place.line} {task.task_id} {task.name} {task.change}: {task.remark}")
        if batch.size > _SHOWN:
            console.line(f"and {batch.size - _SHOWN} more")


def _cancelled(result: Result) -> str:
    jobs = [str(batch.job_id) for batch in result.batches if batch.job_id is not None]
    if not jobs:
        return "the run was cancelled; WeData has no job of it that is known"
    return f"the run was cancelled; WeData goes on with the jobs {', '.join(jobs)}"


def _internal(error: Exception) -> str:
    return (
        f"the action itself failed, which is its fault and not yours: {type(error).__name__}: {error}. Please report "
        "it; with RUNNER_DEBUG=1 the log has the traceback"
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
