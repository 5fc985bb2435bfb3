# SPDX-License-Identifier: MIT
"""From the kernel's trace rings to pictures: what `make trace` runs when the machine has ended.

    ring     the events, out of the memory of a machine (kernel/base/trace.h has the format)
    model    from events to threads: what each did when, who woke whom
    chrome   Chrome's and Perfetto's trace format
    page     one HTML page that shows it, without network: timeline.html, .css and .js put together

Python 3.6 or later, standard library only.
"""
