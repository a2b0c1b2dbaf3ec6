"""Plays a history and checks the three promises against what the sandbox really holds."""

from __future__ import annotations

from itertools import pairwise

from tests.simulation.github import WorkflowRun
from tests.simulation.history import PROJECT, History, cancel_or_kill
from wedata_action.result import Result
from wedata_action.stamps import Stamp, read_stamp
from wedata_sandbox.behaviour import APPROVALS_REFUSED
from wedata_sandbox.versions import Version


def play(seed: int, base: str = "auto") -> History:
    """One whole history; what it broke is in `broken`. `base` is the input in all its runs."""
    history = History(seed)
    history.base = base
    chance = history.chance
    if base == "auto" and chance.random() < 0.15:
        _adopt(history)
    for _ in range(chance.randint(3, 9)):
        _something_happens(history)
        history.clock.sleep(3600)
        if chance.random() < 0.4:
            history.decide_approvals(pass_all=False)
    _settle(history)
    _check_nothing_twice(history)
    return history


def _adopt(history: History) -> None:
    run = history.push()
    history.base, before = "adopt", history.base
    result = history.execute(run, 0.0)
    history.base = before
    history.adopted = history.fingerprints(run.head)
    if result is None or result.result != "adopted":
        history.broken.append("adopt was refused on a fresh branch")


def _something_happens(history: History) -> None:
    chance, what = history.chance, history.chance.random()
    history.behave(well=chance.random() < 0.5)
    if what < 0.1:
        history.somebody_in_studio()
        return
    if what < 0.3 and history.github.runs:
        run = chance.choice([run for run in history.github.runs if not run.noise])
        run.attempts.append(None)
    elif what < 0.35 and history.tip:
        noise = history.push(force=False)
        noise.noise, noise.attempts, noise.workflow_conclusion = True, ["success"], "success"
        return
    else:
        run = history.push(force=chance.random() < 0.15)
    _run(history, run)


def _run(history: History, run: WorkflowRun) -> None:
    chance, what = history.chance, history.chance.random()
    if what < 0.12:
        run.attempts[-1] = chance.choice(("absent", "skipped"))
        run.workflow_conclusion = "cancelled" if run.attempts[-1] == "absent" else chance.choice(("success", "failure"))
        history.trace.append(f"run {run.number} was {run.attempts[-1]}")
        return
    fault_rate = chance.choice((0.0, 0.0, 0.1, 0.3))
    if what < 0.3:
        _finish(history, run, history.execute(run, fault_rate, cancel_or_kill(chance)))
    elif what < 0.36:
        _race(history, run, fault_rate)
    else:
        _finish(history, run, history.execute(run, fault_rate))


def _race(history: History, run: WorkflowRun, fault_rate: float) -> None:
    """Another push arrives, and is run whole, in the midst of this run."""
    history.overlapped = True
    at = history.chance.randint(0, 15)

    def interrupt(step: int) -> None:
        if step == at:
            other = history.push()
            history.trace.append(f"run {other.number} overtakes run {run.number}")
            _finish(history, other, history.execute(other, fault_rate))

    _finish(history, run, history.execute(run, fault_rate, interrupt))


def _finish(history: History, run: WorkflowRun, result: Result | None) -> None:
    if result is None:
        return
    if result.exit_code == 0:
        _check_no_false_green(history, run, result)
    if result.failure_reason == "unresolved-base" and "no run of this job" in result.message:
        history.base = "empty"  # the user does what the message says
    elif history.base == "empty" and result.exit_code == 0:
        history.base = "auto"


def _check_no_false_green(history: History, run: WorkflowRun, result: Result) -> None:
    """Every task's newest version has the content at head; where runs overlapped, some version has it."""
    for task, content in history.fingerprints(run.head).items():
        stamps = [stamp for version in history.stamped(task) if (stamp := read_stamp(version.remark))]
        if history.adopted.get(task) == content and (history.overlapped or not stamps):
            continue
        if not any(stamp.is_of(content) for stamp in (stamps if history.overlapped else stamps[-1:])):
            history.broken.append(f"run {run.number} ended as {result.result}, and {task} has no such version")


def _check_nothing_twice(history: History) -> None:
    if history.overlapped:
        return
    for task in {task for commit, _ in history.commits for task in history.fingerprints(commit)}:
        for one, other in pairwise(history.stamped(task)):
            before, after = read_stamp(one.remark), read_stamp(other.remark)
            if before is None or after is None or before.content != after.content:
                continue
            if not _was_refused(history, task, one, other) and not _was_removed(history, task, before, after):
                history.broken.append(f"{task} has one content twice: runs {before.run} and {after.run}")


def _was_refused(history: History, task: str, one: Version, other: Version) -> bool:
    """Whether there was a version between two that did not pass its approval later."""
    return any(
        one.created <= version.created <= other.created and version.approve_status in APPROVALS_REFUSED
        for version in history.wedata.versions(PROJECT, task)
    )


def _was_removed(history: History, task: str, one: Stamp, other: Stamp) -> bool:
    """Whether some run between two had no such task: then it came back as a new one."""
    ids = sorted(int(stamp.run.split(".")[0]) for stamp in (one, other))
    heads = [run.head for run in history.github.runs if ids[0] <= run.id <= ids[1]]
    return any(task not in history.fingerprints(head) for head in heads)


def _settle(history: History) -> None:
    """Faults stop, approvals pass, and one run completes: then nothing may be lost."""
    history.behave(well=True)
    history.decide_approvals(pass_all=True)
    history.clock.sleep(3600)
    history.trace.append("faults stop")
    for _ in range(2):
        run = history.push()
        result = history.execute(run, 0.0)
        _finish(history, run, result)
        if result is not None and result.exit_code == 0:
            return
    history.broken.append(f"without faults, run {run.number} did not end green")
