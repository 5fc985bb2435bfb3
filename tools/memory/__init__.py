# SPDX-License-Identifier: MIT
"""Pictures of memory, before and after each fork, exec and new thread: what `make memory` draws.

    log    what the kernel wrote down (kernel/proc/memory_log.h), out of the memory of a machine
    page   one HTML page that shows it, without network: memory.html, .css and .js put together

Python 3.6 or later, standard library only.
"""
