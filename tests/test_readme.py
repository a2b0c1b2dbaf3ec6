"""What the pages for users say, against the program: nothing in them may be untrue."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from wedata_action.changes.fingerprint import content_digest, fingerprint
from wedata_action.cli import cli
from wedata_action.definitions import parse
from wedata_action.errors import Reason
from wedata_action.inputs import MODES
from wedata_action.settings import read_settings
from wedata_action.stamps import make_stamp
from wedata_action.tencent.calls import CALLS

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md")),
    *sorted((ROOT / "docs").glob("*/*.md")),
]
EXAMPLES = sorted((ROOT / "examples").glob("*/.github/workflows/*.yml"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
_CONTEXT = click.Context(cli)
COMMANDS = {name: command for name in cli.list_commands(_CONTEXT) if (command := cli.get_command(_CONTEXT, name))}
OURS = "OWNER/wedata-action@COMMIT"


def blocks(language: str) -> list[str]:
    """The fenced blocks of all pages."""
    pages = (page.read_text(encoding="utf-8") for page in PAGES)
    return [
        block for page in pages for block in re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    ]


def workflows() -> list[tuple[dict[Any, Any], str]]:
    texts = [*blocks("yaml"), *(file.read_text(encoding="utf-8") for file in EXAMPLES)]
    return [(content, text) for text in texts if "jobs" in (content := yaml.safe_load(text))]


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def all_steps() -> list[dict[str, Any]]:
    """Those of the workflows, and those that stand alone."""
    alone = [step for text in blocks("yaml") if isinstance(content := yaml.safe_load(text), list) for step in content]
    return [*alone, *(step for workflow, _ in workflows() for step in steps(workflow))]


def test_there_are_workflows_to_copy_for_pushes_and_pull_requests() -> None:
    triggers = [workflow[True] for workflow, _ in workflows()]  # YAML 1.1 reads `on` as true
    assert any("push" in trigger for trigger in triggers)
    assert any("pull_request" in trigger for trigger in triggers)


def test_the_examples_have_the_workflows_of_the_pages() -> None:
    shown = {text for text in blocks("yaml") if "jobs:" in text}
    written = {f"# .github/workflows/{file.name}\n{file.read_text(encoding='utf-8')}" for file in EXAMPLES}
    assert written
    assert written <= shown


def test_workflows_use_inputs_and_modes_that_exist() -> None:
    own = [step for step in all_steps() if step.get("uses") == OURS]
    assert own
    for step in own:
        assert set(step.get("with", {})) <= set(ACTION["inputs"])
        assert step.get("with", {}).get("mode", "submit") in MODES


def test_the_step_with_every_input_means_what_a_step_without_any_means() -> None:
    [given] = [step["with"] for step in all_steps() if set(step.get("with", {})) == set(ACTION["inputs"])]
    values = {f"INPUT_{name.upper()}": str(value) for name, value in given.items() if "${{" not in str(value)}
    said, unsaid = (read_settings({}, environ, {})._asdict() for environ in (values, {}))
    assert {name for name in said if said[name] != unsaid[name]} <= {"given", "names"}


def test_workflows_use_outputs_that_exist() -> None:
    for workflow, text in workflows():
        own = {step["id"] for step in steps(workflow) if step.get("uses") == OURS and "id" in step}
        for step_id, output in re.findall(r"\bsteps\.([\w-]+)\.outputs\.([\w-]+)", text):
            assert step_id in own
            assert output in ACTION["outputs"]
        for job, output in re.findall(r"\bneeds\.([\w-]+)\.outputs\.([\w-]+)", text):
            assert output in workflow["jobs"][job]["outputs"]
        for name in re.findall(r"\${{ inputs\.([\w-]+)", text):
            assert name in workflow[True]["workflow_dispatch"]["inputs"]


def test_workflows_pin_what_the_project_itself_pins() -> None:
    pinned = {
        line
        for file in (ROOT / ".github" / "workflows").glob("*.yml")
        for line in re.findall(r"uses: (\S+@\S+.*)", file.read_text(encoding="utf-8"))
    }
    used = {line for text in blocks("yaml") for line in re.findall(r"uses: (\S+@\S+.*)", text)}
    theirs = {line for line in used if not line.startswith(f"{OURS} # v")}
    assert theirs
    assert theirs <= pinned


def test_workflows_give_each_job_the_least_permissions_and_say_why() -> None:
    for workflow, text in workflows():
        assert workflow["permissions"] == {}
        granted = dict(entry for job in workflow["jobs"].values() for entry in job.get("permissions", {}).items())
        assert granted
        assert [name for name, access in granted.items() if access != "read"] in ([], ["id-token"], ["pull-requests"])
        signs_in = any("role-arn" in step.get("with", {}) for step in steps(workflow))
        assert signs_in == ("id-token" in granted)
        comments = any("comment" in step.get("with", {}) for step in steps(workflow) if step.get("uses") == OURS)
        assert comments == ("pull-requests" in granted)
        total = sum(len(job.get("permissions", {})) for job in workflow["jobs"].values())
        assert len(re.findall(r"^ +[\w-]+: (?:read|write) # \S", text, re.MULTILINE)) == total


def test_the_submitting_workflow_runs_one_after_another() -> None:
    submitting = [workflow for workflow, _ in workflows() if "push" in workflow[True]]
    assert submitting
    for workflow in submitting:
        assert workflow["concurrency"] == {"group": "wedata-${{ github.ref }}", "queue": "max"}


def test_the_submitting_workflows_may_read_runs_and_their_records() -> None:
    for workflow in [workflow for workflow, _ in workflows() if "push" in workflow[True]]:
        jobs = workflow["jobs"].values()
        submitting = [job for job in jobs if any(step.get("uses") == OURS for step in job["steps"])]
        assert submitting
        for job in submitting:
            reads = {name for name, access in job["permissions"].items() if access == "read"}
            assert reads == {"contents", "actions", "checks"}


def test_no_script_takes_an_expression_into_its_text() -> None:
    assert all("${{" not in step.get("run", "") for step in all_steps())


def test_files_for_other_tools_are_taken_by_those_tools(tmp_path: Path) -> None:
    checks = {
        ".gitlab-ci.yml": ["check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"],
        ".pre-commit-config.yaml": ["pre_commit", "validate-config"],
    }
    for name, check in checks.items():
        [text] = [text for text in blocks("yaml") if text.startswith(f"# {name}\n")]
        (tmp_path / name).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", *check, str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def is_policy(text: str) -> bool:
    return "statement" in json.loads(text)


def test_the_policies_allow_what_is_called_and_no_more() -> None:
    statements = [json.loads(text)["statement"][0] for text in blocks("json") if is_policy(text)]
    # `import` runs with the keys of a person, not of the action.
    called = [f"wedata:{call.name}" for call in CALLS if call.service == "wedata" and call.modes != ("import",)]
    by_import = {f"wedata:{call.name}" for call in CALLS if "import" in call.modes}
    [trust] = [statement for statement in statements if "principal" in statement]
    allowed = [statement["action"] for statement in statements if statement is not trust]
    assert [actions for actions in allowed if "wedata:ListTasks" not in actions] == [called, called]
    [person] = [actions for actions in allowed if "wedata:ListTasks" in actions]
    assert set(person) == by_import
    assert trust["action"] == ["name/sts:AssumeRoleWithWebIdentity"]
    assert set(trust["condition"]["string_equal"]) == {"oidc:iss", "oidc:aud", "oidc:sub"}


def test_every_failure_reason_has_a_line_that_says_what_to_do() -> None:
    page = (ROOT / "docs" / "reference" / "results.md").read_text(encoding="utf-8")
    advised = re.findall(r"^\| `([\w-]+)` \|", page.partition("## What to do")[2], re.MULTILINE)
    assert advised[1:] == list(Reason)  # the first one is the head's


def test_every_definition_is_valid() -> None:
    written = [(f"wedata/{number}.json", text) for number, text in enumerate(blocks("json")) if not is_policy(text)]
    for text in blocks("yaml"):
        named = re.match(r"(?:# yaml-language-server: \S+\n)?# (wedata/\S+\.yml)\n", text)
        steps_alone = isinstance(yaml.safe_load(text), list)
        foreign = text.startswith(("# .gitlab-ci.yml\n", "# .pre-commit-config.yaml\n"))
        expected = "a definition, whose first line names its file, a workflow, or a file of another tool"
        assert named or steps_alone or foreign or "jobs:" in text, expected
        if named:
            written.append((named[1], text))
    assert len(written) >= 3
    for path, text in written:
        tasks, diagnostics = parse(path, text.encode())
        assert tasks
        assert diagnostics == ()


def test_the_example_of_a_fingerprint_holds_for_the_program_and_in_a_shell() -> None:
    page = (ROOT / "docs" / "reference" / "fingerprint.md").read_text(encoding="utf-8")
    definition, script, printed = re.findall(r"```yaml\n(.*?)```.*```sh\n(.*?)```.*prints `(\w+)`", page, re.DOTALL)[0]
    [[task], _] = parse("wedata/example.yml", definition.encode())
    assert len(task.sources) == 1
    assert fingerprint(task, [content_digest([b"\xef\xbb\xbfSELECT 1;\r\n"])]) == printed
    shell = subprocess.run(["sh", "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert shell.stdout.split()[0] == printed
    assert f"def:{make_stamp('0' * 40, printed, '1.1').content}`" in page


def commands() -> list[str]:
    shell = [line for block in blocks("sh") for line in block.splitlines()]
    inline = [code for page in PAGES for code in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))]
    return [re.split(r" [>|&]", line.strip())[0] for line in (*shell, *inline)]


@pytest.mark.parametrize("command", sorted({line for line in commands() if line.startswith("wedata-action ")}))
def test_every_command_is_understood(command: str) -> None:
    words = [word for word in shlex.split(command)[1:] if word != "--help"]
    for name in words[:1]:
        COMMANDS[name].make_context(name, words[1:])


def test_every_option_named_in_passing_exists() -> None:
    known = {option for command in COMMANDS.values() for part in command.params for option in part.opts}
    named = {line.split()[0] for line in commands() if line.startswith("--")} - {"--waiter"}  # tccli's
    assert named
    assert named <= known


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for line in commands() if re.match(r"make\b", line) for target in line.split()[1:]}
    assert {"demo", "test"} <= named
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://") or "${{" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        assert linked.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], target
