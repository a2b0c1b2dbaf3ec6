"""Every call that the program makes to Tencent Cloud, for whoever grants permissions: the documentation lists them."""

from __future__ import annotations

from typing import NamedTuple

V2021 = "2021-08-20"
V2025 = "2025-08-06"


class ApiCall(NamedTuple):
    """One action of the API. `modes` are the commands that call it; `sites` are `both` or `domestic`."""

    name: str
    version: str
    modes: tuple[str, ...]
    sites: str
    purpose: str
    service: str = "wedata"


CALLS = (
    ApiCall("BatchCreateTaskVersionAsync", V2021, ("submit",), "both", "Submits the tasks of a batch as new versions."),
    ApiCall(
        "ListTaskVersions", V2025, ("submit", "status", "drift"), "both", "Looks up the submitted versions of a task."
    ),
    ApiCall(
        "GetTask", V2025, ("submit", "drift", "import"), "both", "Reads a task: its draft's code, and its parents."
    ),
    ApiCall("UpdateTaskPartially", V2025, ("submit",), "both", "Writes the code of a draft. Not with `code: verify`."),
    ApiCall("GetTaskVersion", V2025, ("submit",), "both", "Reads the code of the newest submitted version."),
    ApiCall(
        "GetOpsTaskCode",
        V2025,
        ("submit", "status", "drift", "import"),
        "both",
        "Reads the code that production runs.",
    ),
    ApiCall("ListTasks", V2025, ("import",), "both", "Lists the tasks of a project."),
    ApiCall("ListBatchDetail", V2021, ("submit", "status"), "domestic", "Reads the state of a job."),
    ApiCall("GetBatchDetailErrorLog", V2021, ("submit", "status"), "domestic", "Reads why a task of a job failed."),
    ApiCall(
        "AssumeRoleWithWebIdentity",
        "2018-08-13",
        ("submit", "status", "drift"),
        "both",
        "With `role-arn`: exchanges GitHub's OIDC token for temporary credentials. Needs no policy.",
        service="sts",
    ),
)
