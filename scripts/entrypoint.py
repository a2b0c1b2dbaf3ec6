#!/opt/wedata-action/bin/python -IBuXutf8
"""The console script of the image.

A workflow's `env:` reaches the container, and the working directory is the user's repository. -I keeps a
PYTHONPATH, a user site below the shared HOME and modules that lie in the repository out of the program; -u shows
each line of the log when it is written. The first line of a script carries one argument only, so the flags stand
together.
"""

import sys

from wedata_action.__main__ import main

sys.exit(main())
