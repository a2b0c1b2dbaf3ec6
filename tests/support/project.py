"""The files of this project as they are in the work tree, committed or not."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def project_files() -> dict[str, str]:
    """Each text file that git knows or would take, by path."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    listed = subprocess.run(listing, capture_output=True, check=True).stdout.decode().split("\0")
    files = {path: ROOT / path for path in listed if (ROOT / path).is_file() and not path.endswith(".png")}
    return {path: file.read_text(encoding="utf-8") for path, file in files.items()}
