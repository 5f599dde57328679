"""Becomes another program that the system kills as soon as its parent has died (Linux).

Run as `python die_with_parent.py PARENT_PID PROGRAM ARGUMENTS...`. It survives exec, so that not
even a SIGKILL of the launcher leaves Java running.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):  # it died before prctl was called
        sys.exit(1)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the program that its caller names
