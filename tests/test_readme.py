"""What the pages for users say, against the program: nothing in them may be untrue."""

import ast
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from wedata_action.changes.fingerprint import content_digest, fingerprint
from wedata_action.cli import cli
from wedata_action.definitions import parse
from wedata_action.definitions.schema import TABLE, canonical
from wedata_action.errors import Reason
from wedata_action.inputs import BASES, INPUTS, MODES
from wedata_action.outcome import conclusion
from wedata_action.result import Result

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
OURS = "OWNER/wedata-action@COMMIT"


def blocks(language: str) -> list[str]:
    """The fenced blocks of all pages."""
    pages = (page.read_text(encoding="utf-8") for page in PAGES)
    return [
        block for page in pages for block in re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    ]


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table whose header begins with `heading`."""
    found = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[- |]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    assert found, f"no table of {heading}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]


def workflows() -> list[tuple[dict[Any, Any], str]]:
    return [(content, text) for text in blocks("yaml") if "jobs" in (content := yaml.safe_load(text))]


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_there_are_workflows_to_copy_for_pushes_and_pull_requests() -> None:
    triggers = [workflow[True] for workflow, _ in workflows()]  # YAML 1.1 reads `on` as true
    assert any("push" in trigger for trigger in triggers)
    assert any("pull_request" in trigger for trigger in triggers)


def test_workflows_use_inputs_and_modes_that_exist() -> None:
    own = [step for workflow, _ in workflows() for step in steps(workflow) if step.get("uses") == OURS]
    assert own
    for step in own:
        assert set(step.get("with", {})) <= set(ACTION["inputs"])
        assert step.get("with", {}).get("mode", "submit") in MODES


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
    used = {line for _, text in workflows() for line in re.findall(r"uses: (\S+@\S+.*)", text)} - {OURS}
    assert used
    assert used <= pinned


def test_workflows_give_each_job_the_least_permissions_and_say_why() -> None:
    for workflow, text in workflows():
        assert workflow["permissions"] == {}
        granted = dict(entry for job in workflow["jobs"].values() for entry in job.get("permissions", {}).items())
        assert granted
        assert [name for name, access in granted.items() if access != "read"] in ([], ["id-token"])
        signs_in = any("role-arn" in step.get("with", {}) for step in steps(workflow))
        assert signs_in == ("id-token" in granted)
        total = sum(len(job.get("permissions", {})) for job in workflow["jobs"].values())
        assert len(re.findall(r"^ +[\w-]+: (?:read|write) # \S", text, re.MULTILINE)) == total


def test_the_submitting_workflow_runs_one_after_another() -> None:
    submitting = [workflow for workflow, _ in workflows() if "push" in workflow[True]]
    assert submitting
    for workflow in submitting:
        assert workflow["concurrency"] == {"group": "wedata-${{ github.ref }}", "cancel-in-progress": False}


def is_policy(text: str) -> bool:
    return "statement" in json.loads(text)


def test_the_policies_allow_what_is_called_and_no_more() -> None:
    statements = [json.loads(text)["statement"] for text in blocks("json") if is_policy(text)]
    [[calls], [trust]] = statements
    called = set(re.findall(r'call\("(\w+)"', (ROOT / "wedata_action/tencent/wedata.py").read_text(encoding="utf-8")))
    assert {f"wedata:{action}" for action in called} == set(calls["action"])
    assert trust["action"] == ["name/sts:AssumeRoleWithWebIdentity"]
    assert set(trust["condition"]["string_equal"]) == {"oidc:iss", "oidc:aud", "oidc:sub"}


def test_every_definition_is_valid() -> None:
    written = [(f"wedata/{number}.json", text) for number, text in enumerate(blocks("json")) if not is_policy(text)]
    for text in blocks("yaml"):
        named = re.match(r"# (wedata/\S+\.yml)\n", text)
        assert named or "jobs:" in text, "a block is a definition, whose first line names its file, or a workflow"
        if named:
            written.append((named[1], text))
    assert len(written) >= 3
    for path, text in written:
        tasks, diagnostics = parse(path, text.encode())
        assert tasks
        assert diagnostics == ()


def test_the_example_of_a_fingerprint_holds_for_the_program_and_in_a_shell() -> None:
    page = (ROOT / "docs" / "fingerprint.md").read_text(encoding="utf-8")
    definition, script, printed = re.findall(r"```yaml\n(.*?)```.*```sh\n(.*?)```.*prints `(\w+)`", page, re.DOTALL)[0]
    [[task], _] = parse("wedata/example.yml", definition.encode())
    [source] = task.sources
    assert fingerprint(canonical(task), [(source.glob, content_digest([b"SELECT 1;\r\n"]))]) == printed
    shell = subprocess.run(["sh", "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert shell.stdout.split()[0] == printed


def test_the_table_of_keys_has_every_key_at_its_levels() -> None:
    listed = {name: levels for names, levels, _ in rows("key") for name in re.findall(r"`(\w+)`", names)}
    assert set(listed) == {key.name for key in TABLE if key.name != "tasks"}
    for key in TABLE:
        if key.name != "tasks":
            assert ("shared" in listed[key.name]) == ("document" in key.levels)


def test_the_table_of_results_is_what_the_program_does() -> None:
    listed = {reason.strip("`"): (result.strip("`"), exits) for reason, result, exits, _ in rows("`failure-reason`")}
    assert listed.pop("") == ("the green words", "0")
    assert listed.pop("cancelled") == ("cancelled", "130, 143")
    reasons = [reason for reason in Reason if reason is not Reason.CANCELLED]
    ends = {reason: conclusion.failed(Result("submit", "failure"), reason) for reason in reasons}
    assert listed == {str(reason): (end.result, str(end.exit_code)) for reason, end in ends.items()}


def test_the_modes_and_bases_are_those_of_the_inputs() -> None:
    assert [cells[0].strip("`") for cells in rows("`mode`")] == list(MODES)
    [meaning] = [cells[2] for cells in rows("input") if cells[0] == "`base`"]
    assert re.findall(r"`([\w-]+)`", meaning) == list(BASES)


def commands() -> list[str]:
    shell = [line for block in blocks("sh") for line in block.splitlines()]
    inline = [code for page in PAGES for code in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))]
    return [re.split(r" [>|&]", line.strip())[0] for line in (*shell, *inline)]


@pytest.mark.parametrize("command", sorted({line for line in commands() if line.startswith("wedata-action ")}))
def test_every_command_is_understood(command: str) -> None:
    _, name, *arguments = shlex.split(command)
    cli.commands[name].make_context(name, arguments)


def test_every_option_named_in_passing_exists() -> None:
    known = {option for command in cli.commands.values() for part in command.params for option in part.opts}
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
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        assert linked.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], target


def messages() -> str:
    """Every text in the program, one a line; what is put into it at run time is left out."""
    lines = []
    for file in (ROOT / "wedata_action").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "" for part in node.values)
                lines.append("".join(map(str, parts)).replace("\n", " "))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                lines.append(node.value.replace("\n", " "))
    return "\n".join(lines)


def test_troubleshooting_quotes_what_the_program_says() -> None:
    said = messages()
    quoted = [cells[0] for cells in rows("what the message says") if not cells[0].startswith("`")]
    assert len(quoted) > 10
    for message in quoted:
        fragments = [re.escape(part.strip()) for part in message.split("…")]
        assert re.search(".*".join(fragments), said), message


def test_inputs_that_do_nothing_yet_are_said_to() -> None:
    program = [file for file in (ROOT / "wedata_action").rglob("*.py") if file.name not in {"inputs.py", "settings.py"}]
    text = "\n".join(file.read_text(encoding="utf-8") for file in program)
    silent = {
        entry.name for entry in INPUTS if not re.search(rf"\b{entry.name.replace('-', '_')}\b|'{entry.name}'", text)
    }
    section = README.split("\n## Not yet\n")[1].split("\n## ")[0] if "\n## Not yet\n" in README else ""
    assert silent == {name for name in re.findall(r"`([a-z-]+)`", section) if name in ACTION["inputs"]}
