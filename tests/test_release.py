"""What of a release can be tried without GitHub: the checks, the rewriting by digest, and the workflows' own form."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.container.docker import ROOT

SCRIPT = ROOT / "scripts" / "release.py"
DIGEST = "sha256:" + "0123456789abcdef" * 4
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
IMAGE = "ghcr.io/octo-org/wedata-action"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The files of the repository that a release reads or writes, ready for 1.2.3."""
    for name in ("action.yml", "Dockerfile", "scripts/release.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "wedata_action").mkdir()
    (tmp_path / "wedata_action" / "__init__.py").write_text('"""Doc."""\n\n__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n\n### Added\n\n- One thing.\n\n"
        "## [1.2.2] - 2026-01-01\n\n- Another.\n\n[1.2.3]: https://example.com\n"
    )
    return tmp_path


def release(root: Path, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, str(root / "scripts" / "release.py"), *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=30)
    return done.returncode, done.stdout, done.stderr


def test_tag_program_and_changelog_agree(root: Path) -> None:
    assert release(root, "check", "v1.2.3") == (0, "", "")


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("v1.2.4", "has 1.2.3, the tag 1.2.4"),
        ("1.2.3", "has a tag such as v1.2.3"),
        ("v1.2.3-rc1", "has a tag such as v1.2.3"),
        ("source/v1.2.3", "has a tag such as v1.2.3"),
    ],
)
def test_another_tag_is_refused(root: Path, tag: str, words: str) -> None:
    code, _, said = release(root, "check", tag)
    assert code == 2
    assert words in said


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("## [1.2.3] - 2026-01-31", "## [1.2.3]", "no heading"),
        ("### Added\n\n- One thing.\n", "", "says nothing"),
    ],
)
def test_a_release_without_an_entry_in_the_changelog_is_refused(
    root: Path, before: str, after: str, words: str
) -> None:
    file = root / "CHANGELOG.md"
    file.write_text(file.read_text().replace(before, after))
    code, _, said = release(root, "check", "v1.2.3")
    assert code == 2
    assert words in said


def test_the_notes_are_the_section_of_the_version(root: Path) -> None:
    assert release(root, "notes", "v1.2.3") == (0, "### Added\n\n- One thing.\n", "")
    assert release(root, "notes", "v1.2.2") == (0, "- Another.\n", "")


def test_the_action_names_the_image_by_digest_and_nothing_else_changes(root: Path) -> None:
    before = yaml.safe_load((root / "action.yml").read_text())
    pinned = f"docker://{IMAGE}@{DIGEST}"
    assert release(root, "pin-image", IMAGE, DIGEST) == (0, f"{pinned}\n", "")
    assert yaml.safe_load((root / "action.yml").read_text()) == before | {"runs": before["runs"] | {"image": pinned}}
    assert release(root, "pin-image", IMAGE, DIGEST)[0] == 2  # once


def test_every_stage_of_the_image_starts_from_the_digest(root: Path) -> None:
    before = (root / "Dockerfile").read_text()
    base = re.findall(r"^FROM (\S+)", before, re.MULTILINE)[0]
    assert release(root, "pin-base", DIGEST) == (0, f"{base}@{DIGEST}\n", "")
    assert (root / "Dockerfile").read_text().replace(f"@{DIGEST}", "") == before
    assert set(re.findall(r"^FROM (\S+)", (root / "Dockerfile").read_text(), re.MULTILINE)) == {f"{base}@{DIGEST}"}
    assert release(root, "pin-base", DIGEST)[0] == 2


@pytest.mark.parametrize("digest", ["", "latest", "sha256:", "sha256:" + "0" * 63, DIGEST.upper(), f"{DIGEST}\n"])
def test_what_is_no_digest_is_refused_and_nothing_is_written(root: Path, digest: str) -> None:
    before = {name: (root / name).read_bytes() for name in ("action.yml", "Dockerfile")}
    assert release(root, "pin-base", digest)[0] == 2
    assert release(root, "pin-image", IMAGE, digest)[0] == 2
    assert {name: (root / name).read_bytes() for name in before} == before


@pytest.mark.parametrize(
    "name", ["ghcr.io/Octo/x", "x", "ghcr.io/octo/x:1", "ghcr.io/octo/x y", "docker://ghcr.io/o/x"]
)
def test_what_is_no_image_is_refused(root: Path, name: str) -> None:
    assert release(root, "pin-image", name, DIGEST)[0] == 2


def test_without_a_command_its_use_is_shown(root: Path) -> None:
    code, _, said = release(root)
    assert code == 2
    assert "pin-image NAME DIGEST" in said


def jobs_of(workflow: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
    return found


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_use_actions_by_commit_id_and_name_the_version(workflow: Path) -> None:
    for line in re.findall(r"^ *-? *uses: (.*)$", workflow.read_text("utf-8"), re.MULTILINE):
        own = line.startswith("./ ")
        assert own or re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_have_no_permission_without_a_reason(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    assert yaml.safe_load(text)["permissions"] == {}
    lines = [
        line
        for block in re.findall(r"^    permissions:\n((?:      .*\n)+)", text, re.MULTILINE)
        for line in block.splitlines()
    ]
    assert len(lines) == sum(len(job["permissions"]) for job in jobs_of(workflow).values())
    for line in lines:
        assert re.fullmatch(r" +[a-z-]+: (read|write) # \S.*", line), line


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_pull_request_gets_no_write_permission_and_no_secret(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    assert "pull_request_target" not in text
    assert "secrets." not in text
    if "pull_request" in yaml.safe_load(text).get(True, {}):  # YAML 1.1 reads `on` as true
        assert all("write" not in job["permissions"].values() for job in jobs_of(workflow).values())


def test_the_release_pins_what_it_built_and_calls_the_script_as_it_is() -> None:
    jobs = jobs_of(ROOT / ".github" / "workflows" / "release.yml")
    runs = {name: "\n".join(step.get("run", "") for step in job["steps"]) for name, job in jobs.items()}
    calls = re.findall(r"scripts/release\.py (.*)", "\n".join(runs.values()))
    words = {shlex.split(call.partition(" > ")[0])[0]: len(shlex.split(call.partition(" > ")[0])) for call in calls}
    assert words == {"check": 2, "pin-base": 2, "notes": 2, "pin-image": 3}
    assert "make test lint container" in runs["check"]
    for option in ("--sbom=true", "--provenance=mode=max", "push-by-digest=true"):
        assert option in runs["image"]
    assert [entry["platform"] for entry in jobs["image"]["strategy"]["matrix"]["include"]] == ["amd64", "arm64"]
    assert runs["publish"].index("pin-image") < runs["publish"].index("git commit") < runs["publish"].index("git push")
    assert jobs["publish"]["needs"] == ["check", "image"]


def test_scripts_of_workflows_take_no_expression_into_their_text() -> None:
    for workflow in WORKFLOWS:
        for job in jobs_of(workflow).values():
            assert all("${{" not in step.get("run", "") for step in job["steps"])


def test_every_dependency_is_locked_by_hash() -> None:
    for name in ("runtime.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ")
        entries = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert entries
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert all(word in (ROOT / "Dockerfile").read_text("utf-8") for word in ("--require-hashes", "--only-binary :all:"))


def test_new_versions_of_dependencies_wait() -> None:
    dependabot = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))
    assert {entry["package-ecosystem"] for entry in dependabot["updates"]} == {
        "pip", "docker", "github-actions", "npm",
    }  # fmt: skip
    assert all(entry["cooldown"]["default-days"] >= 7 for entry in dependabot["updates"])
