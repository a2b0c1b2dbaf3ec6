"""What a release does to the repository, without GitHub and without a registry: checks, notes, and pins by digest.

python3 scripts/release.py check v1.2.3           tag, program and changelog agree
python3 scripts/release.py on-main                the commit that is checked out is on origin/main
python3 scripts/release.py notes v1.2.3           the changelog's section, for the release
python3 scripts/release.py image NAME DIGEST      an image by digest, such as the builder: NAME@DIGEST
python3 scripts/release.py pin-base DIGEST        Dockerfile: the base image by digest
python3 scripts/release.py pin-image NAME DIGEST  action.yml: the published image by digest
python3 scripts/release.py index TAGGED DIGEST BUILT [DIGEST BUILT]...
    the digest of the index in the file TAGGED, which must hold exactly the images in the files BUILT; each of these
    must have the DIGEST before it

Nothing is written unless everything is as expected. A digest is taken as given and never made up: the workflow reads it
from the registry, and a release without one is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
_VERSION = r"[0-9]+\.[0-9]+\.[0-9]+"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_IMAGE = re.compile(r"[a-z0-9.-]+(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+")


class ReleaseError(Exception):
    """What is wrong, and what to do."""


def version_of(tag: str) -> str:
    """The version that a tag names."""
    if not re.fullmatch(f"v{_VERSION}", tag):
        raise ReleaseError(f"{tag}: a release has a tag such as v1.2.3")
    return tag.removeprefix("v")


def check(root: Path, tag: str) -> None:
    """Raises `ReleaseError` unless program and changelog have the tag's version, and the changelog its date."""
    version = version_of(tag)
    source = (root / "wedata_action" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "(.*)"$', source, re.MULTILINE)
    if found is None or found[1] != version:
        has = found[1] if found else "no version"
        raise ReleaseError(f"wedata_action/__init__.py has {has}, the tag {version}: set __version__ before tagging")
    notes(root, tag)


def on_main(root: Path) -> None:
    """Raises `ReleaseError` unless HEAD is a commit of the branch main as it is on the remote."""
    command = ["git", "merge-base", "--is-ancestor", "HEAD", "refs/remotes/origin/main"]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        why = done.stderr.strip() or "merge it first, and tag a commit of main"
        raise ReleaseError(f"the tagged commit is not on origin/main: {why}")


def notes(root: Path, tag: str) -> str:
    """The text below the heading of the tag's version in the changelog."""
    version = version_of(tag)
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    dated = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}\n(.*?)(?=^## |^\[|\Z)"
    found = re.search(dated, changelog, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ReleaseError(f"CHANGELOG.md has no heading '## [{version}] - YYYY-MM-DD': write it before tagging")
    if not found[1].strip():
        raise ReleaseError(f"CHANGELOG.md says nothing about {version}")
    return found[1].strip() + "\n"


def pin_base(root: Path, digest: str) -> str:
    """Adds the digest to the base image in each `FROM` of the Dockerfile; gives the image, pinned."""
    _check_digest(digest)
    file = root / "Dockerfile"
    text = file.read_text("utf-8")
    images = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    if len(images) != 1:
        raise ReleaseError(f"Dockerfile: one base image was expected, and there are {sorted(images)}")
    image = images.pop()
    if "@" in image:
        raise ReleaseError(f"Dockerfile: {image} is pinned already")
    file.write_text(re.sub(r"^FROM \S+", f"FROM {image}@{digest}", text, flags=re.MULTILINE), "utf-8")
    return f"{image}@{digest}"


def image(name: str, digest: str) -> str:
    """`name` by digest; a tag of it is dropped."""
    _check_digest(digest)
    bare = re.sub(r":[\w.-]+\Z", "", name)
    if not _IMAGE.fullmatch(bare):
        raise ReleaseError(f"{name}: an image has a name such as moby/buildkit or ghcr.io/owner/name")
    return f"{bare}@{digest}"


def index(tagged: bytes, built: Mapping[str, bytes]) -> str:
    """The digest of `tagged`, an image index. `built` are the images that were built, by digest.

    Raises `ReleaseError` if the index holds anything else than their manifests.
    """
    expected: set[str] = set()
    for digest, content in built.items():
        _check_digest(digest)
        if _digest_of(content) != digest:
            raise ReleaseError(f"what the registry gives for {digest} has the digest {_digest_of(content)}")
        expected |= _manifests(content) or {digest}
    found = _manifests(tagged)
    if found != expected or not found:
        raise ReleaseError(
            f"the tag holds other images than were built: {sorted(found - expected)} were not built, "
            f"{sorted(expected - found)} are missing"
        )
    return _digest_of(tagged)


def _manifests(content: bytes) -> set[str]:
    try:
        return {entry["digest"] for entry in json.loads(content).get("manifests", ())}
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise ReleaseError(f"not an image manifest: {error}") from error


def _digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def pin_image(root: Path, name: str, digest: str) -> str:
    """Has action.yml name a published image by digest instead of the Dockerfile; gives what stands there."""
    _check_digest(digest)
    if not _IMAGE.fullmatch(name):
        raise ReleaseError(f"{name}: an image has a name such as ghcr.io/owner/name, in lower case and without a tag")
    file = root / "action.yml"
    text = file.read_text("utf-8")
    pinned, count = re.subn(r"^  image: Dockerfile$", f"  image: docker://{name}@{digest}", text, flags=re.MULTILINE)
    if count != 1:
        raise ReleaseError("action.yml: one line '  image: Dockerfile' was expected; is it pinned already?")
    file.write_text(pinned, "utf-8")
    return f"docker://{name}@{digest}"


def _check_digest(digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise ReleaseError(f"{digest or 'nothing'} is not a digest, which is sha256: and 64 hexadecimal digits")


def main(arguments: list[str]) -> int:
    """Runs one command; 2 for a mistake of the caller or of the repository."""
    try:
        match arguments:
            case ["check", tag]:
                check(ROOT, tag)
            case ["on-main"]:
                on_main(ROOT)
            case ["image", name, digest]:
                sys.stdout.write(f"{image(name, digest)}\n")
            case ["index", tagged, *pairs] if pairs and len(pairs) % 2 == 0:
                built = {digest: Path(file).read_bytes() for digest, file in zip(pairs[::2], pairs[1::2], strict=True)}
                sys.stdout.write(f"{index(Path(tagged).read_bytes(), built)}\n")
            case ["notes", tag]:
                sys.stdout.write(notes(ROOT, tag))
            case ["pin-base", digest]:
                sys.stdout.write(f"{pin_base(ROOT, digest)}\n")
            case ["pin-image", name, digest]:
                sys.stdout.write(f"{pin_image(ROOT, name, digest)}\n")
            case _:
                sys.stderr.write(f"{__doc__}\n")
                return 2
    except ReleaseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
