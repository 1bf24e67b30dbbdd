"""Become a command that dies with its parent; as root, become it as `nobody`.

Used as a script: `python -I -S launch.py PARENT_PID COMMAND [ARGUMENT...]`. A script in between,
because `preexec_fn` is not safe in a program with threads. The process id stays the same. The
order matters: Linux forgets the wish to die with the parent when the user changes.
"""

import ctypes
import os
import pwd
import signal
import sys

ACCOUNT_INSTEAD_OF_ROOT = "nobody"
PR_SET_PDEATHSIG = 1


def become(command: list[str], parent: int) -> None:
    if os.getuid() == 0:
        # A server with a root account that has no password should own nothing on this machine.
        account = pwd.getpwnam(ACCOUNT_INSTEAD_OF_ROOT)
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent process is gone")
    os.execv(command[0], command)  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    become(sys.argv[2:], parent=int(sys.argv[1]))
