# SPDX-License-Identifier: MIT
"""Jobs side by side: as many at a time as there are workers, in the order given."""

import queue
import threading
import time
import traceback

from .results import Result


class Job:
    """`run()` returns a list of results; `title` is what its line in the output is called."""

    def __init__(self, title, run):
        self.title, self.run = title, run


def run_jobs(jobs, workers, book):
    """Runs all jobs. A job that raises is a failed result of its own: nothing is lost silently."""
    waiting = queue.Queue()
    for job in jobs:
        waiting.put(job)

    def work():
        while True:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            started = time.monotonic()
            try:
                results = job.run()
            except Exception as error:  # pylint: disable=broad-except
                results = [Result(job.title, passed=False, detail=traceback.format_exc(),
                                  reason="the runner itself failed: %s" % error)]
            book.add(job.title, results, time.monotonic() - started)

    # Daemons: an interrupted run does not wait for its machines, which die with their thread.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.5)
