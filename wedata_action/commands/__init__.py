"""The commands. Each is a page that reads from top to bottom as the stages that it goes through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wedata_action.commands.step import Step
    from wedata_action.result import Result


def command(mode: str) -> Callable[[Step], Result]:
    """The command of a mode, loaded when it is needed."""
    from importlib import import_module

    found: Callable[[Step], Result] = getattr(import_module(f"wedata_action.commands.{mode}"), mode)
    return found
