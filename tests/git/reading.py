"""Reading for the tests of this folder."""

from __future__ import annotations

from wedata_action.git import Repository


def contents(repository: Repository, commit_id: str) -> dict[str, bytes]:
    entries = repository.list_tree(commit_id, [""])
    return dict(zip(entries, repository.objects.read(entry.id for entry in entries.values()), strict=True))
