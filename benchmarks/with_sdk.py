"""What a careful user writes with the official SDK: changed definitions from git, one call a batch, errors shown."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from tencentcloud.common.credential import EnvironmentVariableCredential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.wedata.v20210820 import models
from tencentcloud.wedata.v20210820.wedata_client import WedataClient

BATCH_SIZE = 100


def changed_files(base: str, head: str) -> list[Path]:
    command = ["git", "diff", "--name-only", "--diff-filter=d", "-z", base, head, "--", "wedata"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [Path(name) for name in names if name.endswith((".yml", ".yaml"))]


def read_task(path: Path) -> models.BatchCreateTaskVersionDTO:
    definition = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(definition, dict) or "task_id" not in definition:
        sys.exit(f"{path}: no task_id")
    task = models.BatchCreateTaskVersionDTO()
    task.TaskId = str(definition["task_id"])
    task.VersionRemark = definition.get("version_remark")
    return task


def make_client(endpoint: str, region: str) -> WedataClient:
    url = urlsplit(endpoint)
    http = HttpProfile(protocol=url.scheme, endpoint=url.netloc, reqTimeout=30, keepAlive=True)
    credential = EnvironmentVariableCredential().get_credential()
    return WedataClient(credential, region, ClientProfile(httpProfile=http))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--endpoint", "--region", "--project-id"):
        parser.add_argument(name, required=True)
    parser.add_argument("base")
    parser.add_argument("head")
    given = parser.parse_args()
    tasks = [read_task(path) for path in changed_files(given.base, given.head)]
    client = make_client(given.endpoint, given.region)
    failed = False
    for start in range(0, len(tasks), BATCH_SIZE):
        request = models.BatchCreateTaskVersionAsyncRequest()
        request.ProjectId = given.project_id
        request.Tasks = tasks[start : start + BATCH_SIZE]
        try:
            response = client.BatchCreateTaskVersionAsync(request)
        except TencentCloudSDKException as error:
            print(f"batch at {start}: {error.code}: {error.message} ({error.requestId})", file=sys.stderr)
            failed = True
        else:
            print(f"JobId {response.Data.JobId} ({response.RequestId})")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
