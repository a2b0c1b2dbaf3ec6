#!/opt/wedata-action/bin/python -IBuXutf8
"""The console script of the image.

A workflow's `env:` reaches the container, and the working directory is the user's repository. -I ignores PYTHONPATH, a
user site in the shared HOME and modules in the repository; -u shows each line of the log when it is written. The first
line of a script takes one argument only, so the flags are joined.
"""

import sys

from wedata_action.__main__ import main

sys.exit(main())
