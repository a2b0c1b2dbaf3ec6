"""What of a release can be tried without GitHub: checks, digests, the workflow's scripts, and the form of workflows."""

from __future__ import annotations

import hashlib
import json
import os
import re
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
def test_what_is_not_a_digest_is_refused_and_nothing_is_written(root: Path, digest: str) -> None:
    before = {name: (root / name).read_bytes() for name in ("action.yml", "Dockerfile")}
    assert release(root, "pin-base", digest)[0] == 2
    assert release(root, "pin-image", IMAGE, digest)[0] == 2
    assert {name: (root / name).read_bytes() for name in before} == before


@pytest.mark.parametrize(
    "name", ["ghcr.io/Octo/x", "x", "ghcr.io/octo/x:1", "ghcr.io/octo/x y", "docker://ghcr.io/o/x"]
)
def test_what_is_not_an_image_is_refused(root: Path, name: str) -> None:
    assert release(root, "pin-image", name, DIGEST)[0] == 2


@pytest.mark.parametrize("name", ["moby/buildkit:buildx-stable-1", "moby/buildkit"])
def test_an_image_is_named_by_its_digest_and_not_by_its_tag(root: Path, name: str) -> None:
    assert release(root, "image", name, DIGEST) == (0, f"moby/buildkit@{DIGEST}\n", "")


@pytest.mark.parametrize(("name", "digest"), [("moby/buildkit:x", ""), ("", DIGEST), ("Moby/x", DIGEST)])
def test_an_image_whose_digest_is_not_known_is_refused(root: Path, name: str, digest: str) -> None:
    assert release(root, "image", name, digest)[0] == 2


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_only_a_commit_of_main_is_released(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "one")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    assert release(root, "on-main") == (0, "", "")
    git(root, "commit", "-q", "--allow-empty", "-m", "two")
    assert release(root, "on-main") == (
        2, "", "the tagged commit is not on origin/main: merge it first, and tag a commit of main\n",
    )  # fmt: skip
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(root, "checkout", "-q", "--detach", "HEAD~1")
    assert release(root, "on-main")[0] == 0


def test_a_clone_without_main_releases_nothing(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "one")
    assert release(root, "on-main")[0] == 2


def image_index(folder: Path, name: str, *digests: str) -> tuple[str, str]:
    """Writes an image index; gives its digest and its path."""
    content = json.dumps({"schemaVersion": 2, "manifests": [{"digest": digest} for digest in digests]}).encode()
    (folder / name).write_bytes(content)
    return f"sha256:{hashlib.sha256(content).hexdigest()}", str(folder / name)


MANIFESTS = [f"sha256:{number:064x}" for number in range(4)]


def test_what_is_tagged_is_exactly_what_was_built(root: Path) -> None:
    built = [*image_index(root, "amd64", *MANIFESTS[:2]), *image_index(root, "arm64", *MANIFESTS[2:])]
    digest, tagged = image_index(root, "tagged", *MANIFESTS)
    assert release(root, "index", tagged, *built) == (0, f"{digest}\n", "")


@pytest.mark.parametrize("digests", [MANIFESTS[:3], [*MANIFESTS, f"sha256:{'f' * 64}"], []])
def test_an_index_that_holds_more_or_less_than_was_built_is_refused(root: Path, digests: list[str]) -> None:
    built = [*image_index(root, "amd64", *MANIFESTS[:2]), *image_index(root, "arm64", *MANIFESTS[2:])]
    code, _, said = release(root, "index", image_index(root, "tagged", *digests)[1], *built)
    assert code == 2
    assert "other images than were built" in said


def test_a_registry_that_gives_other_bytes_for_a_digest_is_refused(root: Path) -> None:
    _, tagged = image_index(root, "tagged", *MANIFESTS)
    code, _, said = release(root, "index", tagged, DIGEST, image_index(root, "amd64", *MANIFESTS)[1])
    assert code == 2
    assert DIGEST in said


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"manifests": [1]}', "<html>"])
def test_what_is_not_an_image_index_is_refused(root: Path, content: str) -> None:
    (root / "tagged").write_text(content)
    digest, built = image_index(root, "amd64", *MANIFESTS)
    assert release(root, "index", str(root / "tagged"), digest, built)[0] == 2


def resolve(root: Path, docker: str) -> tuple[int, str]:
    """Runs the release workflow's step of that name with a registry client of ours; gives its exit code and outputs."""
    steps = jobs_of(ROOT / ".github" / "workflows" / "release.yml")["check"]["steps"]
    [script] = [step["run"] for step in steps if step.get("id") == "resolve"]
    (root / "bin").mkdir()
    (root / "bin" / "docker").write_text(f"#!/bin/sh\n{docker}\n")
    (root / "bin" / "docker").chmod(0o755)
    environ = {"PATH": f"{root / 'bin'}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(root / "outputs")}
    done = subprocess.run(["bash", "-e", "-c", script], cwd=root, env=environ, check=False, capture_output=True)
    return done.returncode, (root / "outputs").read_text() if (root / "outputs").exists() else ""


def test_the_release_reads_every_digest_from_the_registry(root: Path) -> None:
    code, outputs = resolve(root, f"echo {DIGEST}")
    builder, scanner = f"moby/buildkit@{DIGEST}", f"docker/buildkit-syft-scanner@{DIGEST}"
    assert (code, outputs) == (0, f"base={DIGEST}\nbuilder={builder}\nscanner={scanner}\n")


@pytest.mark.parametrize(
    "docker", ["exit 1", "echo", "echo latest", f'case "$*" in *syft*) exit 1; esac; echo {DIGEST}']
)
def test_a_release_whose_digests_cannot_be_read_is_refused(root: Path, docker: str) -> None:
    code, outputs = resolve(root, docker)
    assert code != 0
    assert outputs == ""


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


def test_the_release_pins_what_it_built() -> None:
    jobs = jobs_of(ROOT / ".github" / "workflows" / "release.yml")
    runs = {name: "\n".join(step.get("run", "") for step in job["steps"]) for name, job in jobs.items()}
    assert "release.py on-main" in runs["check"]
    assert jobs["check"]["steps"][0]["with"]["fetch-depth"] == 0
    assert "make test lint container" in runs["check"]
    for option in ("image=$BUILDER", "type=sbom,generator=$SCANNER", "--provenance=mode=max", "push-by-digest=true"):
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
