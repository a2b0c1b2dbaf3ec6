"""The floor: the least script with click, requests and PyYAML that submits what a push changed, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import click
import requests
import yaml


def authorization(host: str, body: bytes, timestamp: int) -> str:
    date = time.strftime("%Y-%m-%d", time.gmtime(timestamp))
    scope = f"{date}/wedata/tc3_request"
    digest = hashlib.sha256(body).hexdigest()
    canonical = f"POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{digest}"
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"TC3" + os.environ["TENCENTCLOUD_SECRET_KEY"].encode()
    for part in (date, "wedata", "tc3_request", text):
        key = hmac.digest(key, part.encode(), "sha256")
    secret_id = os.environ["TENCENTCLOUD_SECRET_ID"]
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders=content-type;host, Signature={key.hex()}"


@click.command()
@click.option("--endpoint", required=True)
@click.option("--region", required=True)
@click.option("--project-id", required=True)
@click.argument("base")
@click.argument("head")
def main(endpoint: str, region: str, project_id: str, base: str, head: str) -> None:
    command = ["git", "diff", "--name-only", "--diff-filter=d", "-z", base, head, "--", "wedata"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")[:-1]
    tasks = []
    for name in names:
        definition = yaml.load(Path(name).read_bytes(), yaml.CSafeLoader)
        tasks.append({"TaskId": definition["task_id"], "VersionRemark": definition["version_remark"]})
    host = urlsplit(endpoint).netloc
    session = requests.Session()
    for start in range(0, len(tasks), 100):
        body = json.dumps({"ProjectId": project_id, "Tasks": tasks[start : start + 100]}).encode()
        timestamp = int(time.time())
        headers = {
            "Host": host,
            "Content-Type": "application/json",
            "X-TC-Action": "BatchCreateTaskVersionAsync",
            "X-TC-Version": "2021-08-20",
            "X-TC-Timestamp": str(timestamp),
            "X-TC-Region": region,
            "Authorization": authorization(host, body, timestamp),
        }
        response = session.post(endpoint, data=body, headers=headers, timeout=30).json()["Response"]
        click.echo(f"JobId {response['Data']['JobId']}")


if __name__ == "__main__":
    main()
