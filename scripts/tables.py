"""The tables that people read, made from the tables in the code: `make docs` writes them, `make lint` compares them.

action.yml and the pages in docs/ call these functions between their cog marks. Each function prints Markdown, or YAML
for action.yml.
"""

from __future__ import annotations

import contextlib
import re
import textwrap
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from wedata_action.definitions.schema import TABLE
from wedata_action.errors import Reason
from wedata_action.inputs import INPUTS, MODES, Input
from wedata_action.parsers import boolean, globs, names
from wedata_action.report.outputs import OUTPUTS
from wedata_action.result import Drift, ResultWord, State
from wedata_action.tencent.calls import CALLS

ROOT = Path(__file__).parent.parent


def action_inputs() -> None:
    """The inputs of action.yml; no input but the job's token declares a default."""
    for entry in INPUTS:
        if not entry.shell_only:
            _action_entry(entry.name, f"{entry.help} Default: {_default(entry)}.")
            if entry.name == "github-token":
                print("  default: ${{ github.token }}")


def action_outputs() -> None:
    """The outputs of action.yml."""
    for name, meaning in OUTPUTS.items():
        text = f"{meaning.removesuffix('.')}, as a JSON list." if name.endswith("-ids") else meaning
        _action_entry(name, text.replace("`", ""))


def _action_entry(name: str, description: str) -> None:
    print(f"{name}:\n  description: >-")
    print(textwrap.indent(textwrap.fill(description, 92, break_long_words=False), " " * 4))


def action_types() -> None:
    """The types of all inputs and outputs, in the format of github-actions-typing."""
    print("inputs:")
    for entry in INPUTS:
        if not entry.shell_only:
            _typed(entry.name, _type(entry))
    print("outputs:")
    for name in OUTPUTS:
        types = {"result": ["enum", *ResultWord], "task-count": ["integer"], "batch-count": ["integer"]}
        _typed(name, types.get(name, ["string"]))


def _type(entry: Input) -> list[str]:
    """A type's name, and the words of an enum or the separator of a list."""
    if entry.parse is boolean:
        return ["boolean"]
    if entry.choices:
        return ["enum", *entry.choices]
    if separator := {names: ",", globs: "\\n"}.get(entry.parse):
        return ["list", separator]
    with contextlib.suppress(ValueError):  # of inputs that take no number
        return ["integer" if isinstance(entry.parse("1"), int) else "string"]
    return ["string"]


def _typed(name: str, kind: Sequence[str]) -> None:
    print(f"  {name}:\n    type: {kind[0]}")
    if kind[0] == "enum":
        print("    allowed-values:", *(f"      - {word}" for word in kind[1:]), sep="\n")
    if kind[0] == "list":
        print(f'    separator: "{kind[1]}"\n    list-item:\n      type: string')


def step() -> None:
    """A step with every input, each at its default."""
    print("```yaml\n- uses: OWNER/wedata-action@COMMIT # v0.1.0\n  with:")
    for entry in INPUTS:
        if not entry.shell_only:
            print(textwrap.indent(textwrap.fill(f"{entry.help} Default: {_default(entry)}.", 100), "    # "))
            print(f"    {entry.name}: {_value(entry)}")
    print("```")


def _value(entry: Input) -> str:
    """The default as a value; where the comment alone can say it, empty, which counts as unset."""
    if entry.name == "github-token":
        return "${{ github.token }}"
    return '""' if entry.default_text or entry.default is None else str(entry.default)


def inputs() -> None:
    """Every input with its default, the modes that take it and what it means."""
    rows = ([f"`{entry.name}`", *_columns(entry)] for entry in INPUTS if not entry.shell_only)
    _table(("input", "default", "modes", "meaning"), rows)


def shell_options() -> None:
    """The options that only the command line has."""
    names = {"job-ids": "`JOB_ID…`"}  # an argument
    own = [entry for entry in INPUTS if entry.shell_only]
    rows = ([names.get(entry.name, f"`--{entry.name}`"), *_columns(entry)] for entry in own)
    _table(("option", "default", "modes", "meaning"), rows)


def _columns(entry: Input) -> list[str]:
    default = _escaped(_default(entry))
    if not entry.default_text and entry.default is not None:
        default = f"`{default}`"
    return [default, "all" if entry.modes == MODES else ", ".join(entry.modes), _escaped(entry.help)]


def _default(entry: Input) -> str:
    if entry.default_text or entry.default is None:
        return entry.default_text or "none"
    return str(entry.default)


def definition_keys() -> None:
    """Every key of a definition, in both spellings, where it may stand, and whether it may differ by target."""
    levels = {("task",): "task", ("task", "document"): "task or document", ("document",): "document"}
    rows = (
        [f"`{key.name}`", f"`{key.api_name}`", levels[key.levels], "yes" if key.by_target else "", key.help]
        for key in TABLE
    )
    _table(("key", "API name", "level", "by target", "meaning"), rows)


def outputs() -> None:
    """Every output and what it holds."""
    _table(("output", "value"), ([f"`{name}`", meaning] for name, meaning in OUTPUTS.items()))


def failure_reasons() -> None:
    """Every failure reason, in the order in which they apply."""
    rows = ([f"`{reason}`", f"`{reason.result}`", str(reason.exit_code), f"{reason.meaning}."] for reason in Reason)
    _table(("`failure-reason`", "`result`", "exit code", "meaning"), rows)


def drift_words() -> None:
    """Every word that drift has for a task, in the order in which they apply."""
    counts = {State.FAILED: "drift", State.UNKNOWN: "error"}
    kinds = {Drift.UNPROVEN: "", Drift.IN_SYNC: ""}
    rows = (
        [
            f"`{word}`",
            counts.get(word.state, kinds.get(word, "warning")),
            f"{word.meaning[:1].upper()}{word.meaning[1:]}.",
        ]
        for word in Drift
    )
    _table(("word", "counts as", "meaning"), rows)


def api_calls() -> None:
    """Every call to Tencent Cloud and the modes that make it."""
    rows = (
        [f"`{call.service}:{call.name}`", call.version, ", ".join(call.modes), call.sites, call.purpose]
        for call in CALLS
    )
    _table(("action", "version", "modes", "sites", "purpose"), rows)


def layers() -> None:
    """The layers that import-linter checks, the highest first."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [contract] = [entry for entry in configuration["tool"]["importlinter"]["contracts"] if entry["type"] == "layers"]
    width = max(map(len, contract["layers"]))
    print("```text")
    print(f"\n{'↓'.center(width).rstrip()}\n".join(layer.center(width).rstrip() for layer in contract["layers"]))
    print("```")


def _escaped(text: str) -> str:
    return re.sub(r"([*|<])", r"\\\1", text)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    heads = list(heads)
    for cells in (heads, ["---"] * len(heads), *rows):
        print(f"| {' | '.join(cells)} |")
