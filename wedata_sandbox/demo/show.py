"""What the demo shows of a step: what a person looks at first, or everything."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

import click

from wedata_action.report.console import Console
from wedata_action.report.words import count
from wedata_sandbox.demo.step import Step


def show(console: Console, step: Step, sent: int) -> None:
    """The job summary down to its first table, annotations at a line of a file, and how the step ended."""
    head, _, rest = step.summary.partition("\n|")
    verdict, *said = filter(None, map(_plain, head.splitlines()))
    color = "red" if step.exit_code else "green"
    console.line(f"Job summary: {verdict.removeprefix('## ')}", bold=True, fg=color)
    for line in said:
        if not line.startswith("Compared"):
            console.line(f"  {line}")
    for line in _rows(f"|{rest}"):
        console.line(f"  {line}")
    console.line(
        f"Exit code {step.exit_code}, result={step.outputs.get('result')}; WeData was sent {count(sent, 'task')}"
    )
    console.line("")


def _rows(table: str) -> Iterator[str]:
    """The first rows of the first table of a text, each with its first three cells and a line."""
    lines = table.partition("\n\n")[0].splitlines()
    for line in lines[2:]:
        yield "  ".join(filter(None, (_plain(cell).strip() for cell in line.split("|")[1:4])))


def show_all(console: Console, step: Step, sent: int) -> None:
    """The log, the annotations, the outputs and the whole job summary."""
    _section(console, "Log", step.log)
    _section(console, "Annotations", ())
    for annotation in step.annotations:
        console.annotate(annotation)
    for notice in step.notices:
        *words, record = f"notice: {notice.text}".splitlines()
        for line in words:
            console.line(line)
        click.echo(record)  # as it is: the console spells it otherwise, so that no text in a log is taken for a record
    _section(console, "Outputs", (f"{name} = {value}" for name, value in step.outputs.items()))
    _section(console, "Job summary, its Markdown made plain", map(_plain, step.summary.splitlines()))
    _section(console, f"The step ends with exit code {step.exit_code}; WeData was sent {count(sent, 'task')}", ("",))


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    console.line("")
    console.line(f"----- {title}", bold=True)
    for line in lines:
        console.line(line)


def _plain(markdown: str) -> str:
    text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", markdown.replace("<br>", " ").replace("**", ""))
    return html.unescape(re.sub(r"</?\w+[^>]*>", "", text)).replace("\xa0", " ")
