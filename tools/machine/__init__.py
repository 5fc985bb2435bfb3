# SPDX-License-Identifier: MIT
"""Starting and watching a virtual machine: shared by tools/run and tests/run.

    options   what SMP, MEM, CMD, ADD, BOOT, APPEND and ACCEL may say, checked with clear messages
    images    the initrd with its overlay, the GRUB ISO, the kernel's command line
    vm        one QEMU process: console, report port, monitor, and how it ended
    symbols   addresses of the kernel image to function+offset and file:line
    terminal  the host's terminal as the machine's console

Python 3.6 or later, standard library only.
"""


class Problem(Exception):
    """Something the user can mend; the text says what was expected, what was found, what to do."""
