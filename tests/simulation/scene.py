"""A world in which exactly what a test says happens: for plain stories of runs that follow one another."""

from __future__ import annotations

from tests.simulation.branch import FILES, Definition
from tests.simulation.program import CREDENTIALS, Ended
from tests.simulation.promises import Promises
from tests.simulation.workflow import PROJECTS
from tests.simulation.world import Attempt, Started, World
from tests.support.github import Annotation
from wedata_sandbox.behaviour import TaskBehaviour
from wedata_sandbox.gateway import Gateway
from wedata_sandbox.service import WeData

PROJECT = PROJECTS[0]
REFUSED = TaskBehaviour(refusal="缺少数据源")


class Scene(World):
    """A branch with one job, `deploy`. An hour passes after each run, and the promises are checked at its end."""

    def __init__(self, site: str = "domestic", *, shallow: bool = False, remark_limit: int | None = None) -> None:
        super().__init__(seed=1)
        self.wedata = WeData(site=site, now=self.clock.now, remark_limit=remark_limit)
        self.gateway = Gateway(self.wedata, CREDENTIALS, rate=None)
        self.shallow = shallow
        self.branch.keeps_files = False
        Promises(self)

    def commit(self, **contents: int) -> str:
        """A commit that defines these tasks, such as `t1001=2`, and no others."""
        return self.branch.commit({name[1:]: Definition(FILES[0], content) for name, content in contents.items()})

    def push(self, base: str = "auto", **contents: int) -> Started:
        """A push of one commit with these tasks starts a run."""
        before = self.branch.tip or "0" * 40
        self.commit(**contents)
        return self.start("push", {"deploy": base}, before=before, forced=False)

    def force_push(self, commit: str) -> Started:
        """The branch is set back to an earlier commit."""
        before = self.branch.tip
        self.branch.reset(commit)
        return self.start("push", {}, before=before, forced=True)

    def by_hand(self, base: str = "auto") -> Started:
        return self.start("workflow_dispatch", {"deploy": base}, inputs={"base": base})

    def on_schedule(self, base: str = "auto") -> Started:
        return self.start("schedule", {"deploy": base}, schedule="0 3 * * *")

    def run(self, started: Started, how: Attempt | None = None) -> Ended:
        """An attempt of this run; the first one, or a re-run."""
        ended = self.attempt(started, how or Attempt(perfect=True))["deploy"]
        assert ended is not None
        assert self.broken == []
        self.clock.sleep(3600)
        return ended

    def lost(self, started: Started, said: list[Annotation] | None = None) -> None:
        """The machine of this run goes away before it has done anything, or when it had said this."""
        check = self.github.start(started.run, "deploy")
        self.clock.sleep(60)
        self.github.end(check, "failure", said or [])
        started.run.conclusion = "failure"
        self.clock.sleep(3600)

    def refuse(self, *tasks: str) -> None:
        """From here on WeData refuses these tasks, and takes all others."""
        self.wedata.set_default_task(TaskBehaviour())
        for task in ("1001", "1002", "1003"):
            self.wedata.set_task(task, REFUSED if task in tasks else TaskBehaviour())

    def submitted(self) -> list[list[str]]:
        """The task ids of each submission so far."""
        return [[task["TaskId"] for task in submission.body["Tasks"]] for submission in self.wedata.submissions]

    def contents(self, task: str, project: str = PROJECT) -> list[int]:
        """What the program sent of a task so far, oldest first."""
        return [one.definition.content for one in self.sent((project, task))]
