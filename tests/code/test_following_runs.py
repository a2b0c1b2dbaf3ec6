"""Codes over several runs that follow one another: plain stories, at whose end the promises are checked."""

from __future__ import annotations

import functools
from collections.abc import Callable

from tests.simulation.branch import FILES, Definition
from tests.simulation.scene import PROJECT, Scene
from tests.simulation.transport import WRITE
from tests.simulation.world import Attempt, Started
from wedata_action.errors import Cancelled
from wedata_sandbox.behaviour import TaskBehaviour

A, B = "select 'a';\n", "select 'b';\n"


def push(scene: Scene, code: str, content: int = 0) -> Started:
    before = scene.branch.tip or "0" * 40
    scene.branch.commit({"1001": Definition(FILES[0], content, code)})
    return scene.start("push", {}, before=before, forced=False)


def draft(scene: Scene) -> str | None:
    return scene.wedata.saved(PROJECT, "1001")[-1].content.code


def wrote_last(scene: Scene) -> bool:
    return scene.last_write == WRITE


def cancelled_once(happened: Callable[[], bool]) -> Attempt:
    def interrupt(_: int) -> None:
        if happened():
            raise Cancelled(15)

    return Attempt(interrupt=interrupt, perfect=True)


def test_a_draft_that_an_unsettled_run_wrote_is_written_back_whatever_the_base() -> None:
    for base in ("auto", "empty"):
        scene = Scene()
        scene.run(push(scene, A))
        wrote = functools.partial(wrote_last, scene)
        ended = scene.run(push(scene, B), cancelled_once(wrote))
        assert (ended.result, draft(scene)) == ("cancelled", B)
        back = push(scene, A)
        back.bases["deploy"] = base
        assert scene.run(back).result == "success"
        assert draft(scene) == A
        assert len(scene.submitted()) == 1


def test_a_task_that_was_looked_up_is_live_only_when_its_code_is_proved() -> None:
    scene = Scene()
    scene.wedata.set_task("1001", TaskBehaviour(production_delay=4000))
    run = push(scene, A)
    assert scene.run(run).states == {(PROJECT, "1001"): "unknown"}
    began = scene.clock.seconds
    ended = scene.run(run, cancelled_once(lambda: scene.clock.seconds > began + 5))
    assert (ended.result, ended.states) == ("cancelled", {(PROJECT, "1001"): "unknown"})
    assert scene.run(run).states == {(PROJECT, "1001"): "live"}
