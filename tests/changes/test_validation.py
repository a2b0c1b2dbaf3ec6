"""Every definition of a commit or of a work tree, and each mistake in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.repositories import ENVIRON, File, commit, git, init
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.reading import Scope, validate
from wedata_action.changes.trees import CommitTree, WorkTree
from wedata_action.code_text import MAX_CODE
from wedata_action.errors import Reason, RunError
from wedata_action.git import Repository

FILES_OF_TASKS = PathFilter(["wedata/**/*.yml", "wedata/**/*.json"])
SCOPE = Scope(FILES_OF_TASKS, "p")
FILES: dict[str, str | bytes | File] = {
    "wedata/good.yml": "task_id: a\nsources: ['sql/*.sql']\n",
    "wedata/sql/a.sql": "1\n",
    "wedata/code.yml": "tasks:\n- {task_id: c, code: sql/a.sql}\n- {task_id: d, code: ../../x.sql}\n",
    "wedata/broken.yml": "tasks:\n- {task_id: e, code: large.sql}\n- {task_id: f, code: linked.sql}\n",
    "wedata/large.sql": b"x" * (MAX_CODE + 1),
    "wedata/linked.sql": File("120000", "sql/a.sql"),
    "wedata/bad.yml": "task_id: b\nnam: x\n",
    "wedata/sub/twin.json": '{"TaskId": "a"}',
    "wedata/link.yml": File("120000", "good.yml"),
    "other/c.yml": "task_id: [",
}
EXPECTED = [
    "wedata/bad.yml:2:1 unknown key 'nam'; did you mean 'name'?",
    "wedata/broken.yml:2:22 code: 'wedata/large.sql' is larger than 5 MiB",
    "wedata/broken.yml:3:22 code: 'wedata/linked.sql' is a symbolic link or a submodule, not a regular file",
    "wedata/code.yml:3:22 code: '../../x.sql' leads out of the repository",
    "wedata/good.yml:1:10 task a of project p is defined twice, here and at wedata/sub/twin.json:1:12",
    "wedata/link.yml:1:1 a definition must be a regular file, and this is a symbolic link",
    "wedata/sub/twin.json:1:12 task a of project p is defined twice, here and at wedata/good.yml:1:10",
]


def test_a_commit_and_its_work_tree_have_the_same_mistakes(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    head = commit(folder, FILES)
    git(folder, "checkout", "--quiet", "--force", "main")
    with Repository(folder, ENVIRON) as repository:
        for tree in (CommitTree(repository, head), WorkTree(repository.root)):
            tasks, diagnostics, *_ = validate(tree, SCOPE)
            assert [f"{diagnostic.location} {diagnostic.message}" for diagnostic in diagnostics] == EXPECTED
            assert sorted(task.task_id for task in tasks) == [*"aabcdef"]
            assert [task.task_id for task in tasks if not task.fingerprint] == ["e", "f", "d"]


def test_a_work_tree_is_read_as_it_is_on_disk(tmp_path: Path) -> None:
    (tmp_path / "wedata" / "deep").mkdir(parents=True)
    (tmp_path / "wedata" / "deep" / "new é.yml").write_bytes(b"task_id: a\r\nname: x\r\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.yml").write_text("task_id: b")
    (tmp_path / "wedata" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "wedata" / "module").mkdir()
    (tmp_path / "wedata" / "module" / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "wedata" / "module" / "c.yml").write_text("task_id: c")
    os.mkfifo(tmp_path / "wedata" / "fifo.yml")
    tasks, diagnostics, *_ = validate(WorkTree(tmp_path), SCOPE)
    assert [task.identity for task in tasks] == [("p", "a")]
    assert [diagnostic.message for diagnostic in diagnostics] == [
        "a definition must be a regular file, and this is not one"
    ]


def test_a_linked_folder_of_definitions_holds_none(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.yml").write_text("task_id: b")
    (tmp_path / "wedata").symlink_to("elsewhere")
    with pytest.raises(RunError, match="no definition matches") as caught:
        validate(WorkTree(tmp_path), SCOPE)
    assert caught.value.reason is Reason.INVALID_INPUT


def test_the_folder_of_git_is_no_part_of_the_work_tree(tmp_path: Path) -> None:
    folder = init(tmp_path / "clone")
    commit(folder, {"a": "1"})
    git(folder, "worktree", "add", "--quiet", "--detach", tmp_path / "linked")
    git(folder, "checkout", "--quiet", "--force", "main")
    assert WorkTree(folder).list([""]).keys() == {"a"}
    assert WorkTree(tmp_path / "linked").list([""]).keys() == {"a"}


def test_a_task_without_a_project_is_a_mistake_as_in_a_run(tmp_path: Path) -> None:
    (tmp_path / "wedata").mkdir()
    (tmp_path / "wedata" / "a.yml").write_text("task_id: a\n")
    [mistake] = validate(WorkTree(tmp_path), Scope(FILES_OF_TASKS)).mistakes
    assert (str(mistake.location), mistake.message) == (
        "wedata/a.yml:1:10",
        "task a has no project: add project_id, or set project-id",
    )


def test_a_task_of_a_project_that_is_not_allowed_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "wedata").mkdir()
    (tmp_path / "wedata" / "a.yml").write_text("task_id: a\n---\ntask_id: b\nproject_id: q\n")
    [mistake] = validate(WorkTree(tmp_path), Scope(FILES_OF_TASKS, "p", ["p"])).mistakes
    assert (str(mistake.location), mistake.message) == (
        "wedata/a.yml:3:10",
        "task b is in project q, which allowed-projects does not list",
    )


def test_a_file_that_matches_but_for_letter_case_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "wedata").mkdir()
    (tmp_path / "wedata" / "a.yml").write_text("task_id: a\n")
    (tmp_path / "wedata" / "b.YML").write_text("task_id: b\n")
    [warning] = validate(WorkTree(tmp_path), SCOPE).warnings
    assert (str(warning.location), "letter case" in warning.message) == ("wedata/b.YML:1:1", True)


@pytest.mark.parametrize("key", ["code", "sources"])
def test_a_nul_in_a_path_is_a_mistake(tmp_path: Path, key: str) -> None:
    (tmp_path / "wedata").mkdir()
    (tmp_path / "wedata" / "a.yml").write_text(f'task_id: a\n{key}: "x\\0y/z.sql"\n')
    [mistake] = validate(WorkTree(tmp_path), SCOPE).mistakes
    assert str(mistake.location) == f"wedata/a.yml:2:{len(key) + 3}"
    assert r"x\x00y/z.sql" in mistake.message


@pytest.mark.parametrize("path", ["../.git/config", "module/x.sql", "module/sub/x.sql", "link/x.sql", "sub/link/x.sql"])
def test_code_in_a_work_tree_is_where_a_commit_could_have_it(tmp_path: Path, path: str) -> None:
    folder = init(tmp_path)
    for name in ("wedata/module/sub", "wedata/module/.git", "wedata/sub", "other"):
        (folder / name).mkdir(parents=True)
    for name in ("wedata/link", "wedata/sub/link"):
        (folder / name).symlink_to(folder / "other")
    for name in ("wedata/module", "wedata/module/sub", "other"):
        (folder / name / "x.sql").write_text("1")
    (folder / "wedata" / "a.yml").write_text(f"task_id: a\ncode: {path}\n")
    [mistake] = validate(WorkTree(folder), SCOPE).mistakes
    assert mistake.message.startswith("code: there is no file ")
