"""Import, adopt, change, submit, and take edits from WeData: a repository and a site stay the same, on both sites."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tencentcloud.wedata.v20210820 import models as models_2021
from tencentcloud.wedata.v20250806 import models as models_2025
from tencentcloud.wedata.v20250806.wedata_client import WedataClient as Client2025

from tests.end_to_end.test_record import Branch
from tests.importing.place import PROJECT, Place
from tests.sandbox.sdk import Connect, asked
from tests.support.action import Action, Ended
from tests.support.github import GitHub
from tests.support.json_http import Reply, serve_json
from wedata_action.result import ResultWord
from wedata_sandbox.content import NewTask

# Python 3.12 warns of a function of `datetime` that the SDK still calls.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")


@pytest.fixture
def branch(place: Place, tmp_path: Path) -> Iterator[Branch]:
    """The workflow of the repository, whose runs read what earlier ones recorded."""
    github = GitHub(time.time)

    def answer(path: str) -> Reply:
        status, value = github.answer(path)
        return Reply(value, status)

    with serve_json(answer) as server:
        yield Branch(Action(tmp_path, place.repository, place.sandbox), github, server.url)


def push(branch: Branch, head: str) -> Ended:
    before, branch.before = branch.before, head
    return branch.run(head, {"before": before, "repository": {"default_branch": "main"}})


def edit(place: Place, connect: Connect, task_id: str, code: str) -> None:
    """Somebody saves a code and submits it, with the official SDK."""
    setting = {"TaskConfiguration": {"CodeContent": base64.b64encode(code.encode()).decode()}}
    key = {"ProjectId": PROJECT, "TaskId": task_id}
    saved = asked(models_2025.UpdateTaskPartiallyRequest(), **key, NewSetting=setting)
    assert connect(place.sandbox, Client2025).UpdateTaskPartially(saved).Data.Status
    tasks = [{"TaskId": task_id, "VersionRemark": "by hand"}]
    submitted = asked(models_2021.BatchCreateTaskVersionAsyncRequest(), ProjectId=PROJECT, Tasks=tasks)
    assert connect(place.sandbox).BatchCreateTaskVersionAsync(submitted).Data.JobId


def assert_the_same_on_both_sides(place: Place) -> None:
    assert place.run("validate").result is ResultWord.VALID
    assert place.run("drift").result is ResultWord.IN_SYNC


@pytest.mark.parametrize("place", ["intl", "domestic"], indirect=True)
def test_a_repository_and_a_site_stay_the_same(place: Place, branch: Branch, connect: Connect) -> None:
    place.create(
        NewTask("1", "load", "orders", code="SELECT 1;\n", submitted=True),
        NewTask("2", "sum", "orders", code="SELECT 2;\n", submitted=True, upstream=("1",)),
        NewTask("3", "sync", "orders", type_id=26, code=None, submitted=True),
        NewTask("4", "new", "reports", code="SELECT 4;\n"),
        NewTask("5", "bundled", "reports", code="SELECT 5;\n", submitted=True, bundle_id="b-1"),
    )
    place.import_()
    branch.before = place.commit("Import [skip ci]")
    assert_the_same_on_both_sides(place)
    adopted = branch.run(branch.before, {"inputs": {}}, "workflow_dispatch", base="adopt")
    assert (adopted.end, place.wedata.submissions) == ((0, "adopted", ""), ())
    assert place.run("plan", base="HEAD").outcomes == ()

    place.write("wedata/orders/load.sql", "SELECT 'ours';\n")
    ours = push(branch, place.commit("Ours"))
    assert (ours.end, ours.ids("live-task-ids")) == ((0, "success", ""), ["1"])

    edit(place, connect, "2", "SELECT 'theirs';\n")
    place.create(NewTask("6", "late", "reports", code="SELECT 6;\n", submitted=True))
    place.import_()
    assert place.repository.git("status", "--porcelain").splitlines() == [
        "M wedata/orders/sum.sql",
        " M wedata/reports/tasks.yml",
        "?? wedata/reports/late.sql",
    ]
    theirs = place.commit("Theirs")
    assert_the_same_on_both_sides(place)
    ended = push(branch, theirs)
    assert (ended.end, ended.ids("live-task-ids")) == ((0, "success", ""), ["2", "6"])
    assert_the_same_on_both_sides(place)
    place.import_()
    assert place.repository.git("status", "--porcelain") == ""


def test_2500_tasks_become_files_that_are_valid_and_in_sync(place: Place) -> None:
    unusual = dict.fromkeys(range(30), "none") | dict.fromkeys(range(30, 50), "edited")
    unusual |= dict.fromkeys(range(50, 55), "bundle")
    for number in range(2500):
        kind = unusual.get(number)
        code = None if kind == "none" else f"SELECT {number};\n"
        bundle = "b-1" if kind == "bundle" else None
        workflow = f"workflow {number % 40}"
        new = NewTask(str(number), f"task {number}", workflow, code=code, submitted=True, bundle_id=bundle)
        place.create(new)
        if kind == "edited":
            place.wedata.save(PROJECT, str(number), "SELECT 'edited'")
    place.without_sockets = True
    assert place.import_().exit_code == 0
    files = place.files()
    assert (len(files), sum(path.endswith("/tasks.yml") for path in files)) == (40 + 2465, 40)
    assert "Wrote 2500 new definitions, 2465 new code files; " in place.said
    assert "20 tasks with an unsubmitted draft" in place.said
    assert "5 tasks owned by a WeData bundle" in place.said
    place.commit()
    assert place.run("validate").result is ResultWord.VALID
    # A quarter of them, since the sandbox takes a millisecond for each of the three calls that drift makes a task.
    assert place.run("drift", definitions="wedata/workflow_1*/*.yml").result is ResultWord.IN_SYNC
    assert place.run("plan", base="HEAD").outcomes == ()
    place.write("wedata/workflow_7/task_2487.sql", "SELECT 'ours';\n")
    place.commit("Ours")
    assert [outcome.task.task_id for outcome in place.run("plan", base="HEAD~1").outcomes] == ["2487"]
