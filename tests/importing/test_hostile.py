"""Names and codes as an attacker would choose them: nothing is written outside, or read back as anything else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.importing.place import PROJECT, Place, make
from tests.support import runner
from tests.support.hostile import texts
from wedata_action.changes.globs import PathFilter
from wedata_action.changes.reading import Scope, validate
from wedata_action.changes.trees import WorkTree
from wedata_action.inputs import DEFINITIONS
from wedata_sandbox.content import NewTask
from wedata_sandbox.server import Sandbox
from wedata_sandbox.service import WeData

PATHS = [
    "../../x",
    "/etc/passwd",
    "a/b",
    ".git/hooks/pre-commit",
    "tasks.yml",
    "CON",
    "-rf",
    "x\\..\\y",
    "*",
    "!a",
    "表" * 99,
]
YAML = ["a: b", "- x", "{a: b}", "'", '"', "a\n- task_id: evil", "# c", "%TAG", "---", "&a", "*a", "!!python/x", "null"]
names = texts | st.sampled_from(PATHS + YAML) | st.tuples(st.sampled_from(PATHS), st.sampled_from(YAML)).map("".join)
whole = names.map(lambda text: text.encode(errors="replace").decode())  # the sandbox encodes these two
tasks = st.lists(st.tuples(names, whole, whole.filter(bool)), min_size=1, max_size=5)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


@settings(max_examples=25, deadline=None, phases=[Phase.generate])  # to shrink takes minutes
@given(tasks)
def test_hostile_names_and_codes_stay_inside_and_are_read_as_they_are(given_tasks: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as temporary, Sandbox(WeData(tasks={PROJECT: []}), rate=None) as sandbox:
        place = make(Path(temporary) / "repository", sandbox)
        place.create(
            *(
                NewTask(f"00{number}", name, workflow, code=code, submitted=True)
                for number, (name, workflow, code) in enumerate(given_tasks)
            )
        )
        before = everything(Path(temporary))
        assert place.import_().exit_code == 0
        assert_only_the_folder_changed(place, Path(temporary), before)
        found = validate(WorkTree(place.repository.folder), Scope(PathFilter(DEFINITIONS)))
        assert (found.mistakes, found.warnings) == ((), ())
        written = {
            task.identity: (place.repository.folder / task.code.path).read_bytes() for task in found.tasks if task.code
        }
        assert written == {(PROJECT, f"00{number}"): code.encode() for number, (*_, code) in enumerate(given_tasks)}
        assert runner.replay(place.said).commands == 0
        assert "\x1b" not in place.said


def assert_only_the_folder_changed(place: Place, around: Path, before: dict[str, bytes]) -> None:
    after = everything(around)
    inside = f"{place.repository.folder}/wedata/"
    assert {path: content for path, content in after.items() if not path.startswith(inside)} == before
    assert not [path for path in after if path.startswith(inside) and ".git" in path.split("/")]
