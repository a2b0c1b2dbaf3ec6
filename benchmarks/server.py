"""The sandbox without its limit of calls a second, and with an account of what was submitted.

Prints the variables of `wedata-action sandbox`, then answers each line that it reads with the ids of the tasks that
were submitted since the line before, as one line of JSON. Ends with its input.
"""

from __future__ import annotations

import json
import sys

from wedata_sandbox.server import Sandbox


def main() -> None:
    with Sandbox(rate=None) as sandbox:
        print(f"WEDATA_ENDPOINT={sandbox.endpoint}")
        print(f"TENCENTCLOUD_SECRET_ID={sandbox.secret_id}")
        print(f"TENCENTCLOUD_SECRET_KEY={sandbox.secret_key}", flush=True)
        told = 0
        for _ in sys.stdin:
            submissions = sandbox.wedata.submissions
            ids = [task["TaskId"] for found in submissions[told:] if found.executed for task in found.body["Tasks"]]
            told = len(submissions)
            print(json.dumps(ids), flush=True)


if __name__ == "__main__":
    main()
