"""Which site of WeData is played, and how it behaves where no page says how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wedata_sandbox.shapes import TASK_SCHEDULE, TASK_SCHEDULE_DOMESTIC, Fields


@dataclass(frozen=True, slots=True)
class Site:
    """`name` is `intl` or `domestic`; ValueError for any other.

    `keep_code` is what the site makes of a code that is written, such as another newline at its end. It answers null in
    place of an empty list with `null_lists`, and base64 in lines of 76 characters with `base64_lines`.
    """

    name: str = "intl"
    keep_code: Callable[[str], str] = str
    null_lists: bool = False
    base64_lines: bool = False

    def __post_init__(self) -> None:
        if self.name not in {"intl", "domestic"}:
            raise ValueError(f"site is {self.name!r}; it must be intl or domestic")

    @property
    def domestic(self) -> bool:
        """Whether it has what only the domestic site has."""
        return self.name == "domestic"

    @property
    def schedule(self) -> Fields:
        """The fields of a TaskSchedulerConfiguration."""
        return TASK_SCHEDULE_DOMESTIC if self.domestic else TASK_SCHEDULE


def nulled(value: object) -> object:
    """A copy of an answer with null in place of each empty list."""
    if isinstance(value, dict):
        return {name: nulled(part) for name, part in value.items()}
    if isinstance(value, list):
        return [nulled(part) for part in value] or None
    return value
