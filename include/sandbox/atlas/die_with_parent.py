"""Becomes another program that the system kills as soon as its parent has died (Linux).

Run as `python tether.py PARENT_PID PROGRAM ARGUMENTS...`. The tie survives exec, so Java can't be orphaned even by a
SIGKILL of the launcher.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):  # it died before the tie was made
        sys.exit(1)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the program that its caller names
