"""What a person should know of tasks that were imported, or were not."""

from __future__ import annotations

import enum

from wedata_action.code_text import MAX_CODE


class Note(enum.StrEnum):
    """What a person should know of a task; the text follows after `2 tasks`."""

    UNSUBMITTED = "with an unsubmitted draft in WeData"
    NEVER_SUBMITTED = "never submitted: what is written is the draft"
    NO_CODE = "without code in WeData: what goes live is their saved draft, which git does not hold"
    OF_BUNDLE = "owned by a WeData bundle, which deploys the code: not written"
    NOT_IN_PRODUCTION = "submitted but not in production: the code is not written; --draft writes the draft"
    TOO_LARGE = f"with a code over {MAX_CODE >> 20} MiB, which is not written"
    NOT_TEXT = "with a code that is not text in UTF-8, which is not written"
    AHEAD = "whose file differs from WeData's code, which git had before: git is ahead, and the file stays"
    UNCOMMITTED = "whose code differs from a file with changes that are not committed: commit them, or give --force"
    NAMES_NONE = "with code in WeData, whose definition names no code: it stays as it is"
    BAD_ID = "whose id no definition can hold: left out"
    GONE = "deleted in WeData in the meantime"
    UNREAD = "that could not be read: left out"
    NEEDS_TARGET = "left out: the definitions do not say which target has this project: write one of its tasks by hand"
    AMBIGUOUS = "matched by workflow, name and type more than once: add the ids by hand"
    BY_HAND = "matched, in a file to which nothing can be added safely: add the ids by hand"
    NOT_DEFINED = "in this project, but matched by no definition"
    NOT_THERE = "defined, but matched by no task of this project"
    NO_PROJECT = "defined without a project, where they would be looked for: add project_id"
    DIFFERS = "whose code is not the file: for a second target nothing is written"
