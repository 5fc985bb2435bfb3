# SPDX-License-Identifier: MIT
"""Jobs side by side, as many as the host has cores for, in the order given.

A machine with several CPUs is given two cores: beside another one its CPUs would mostly wait for a
lock whose holder the host has put aside, and all would take many times longer.
"""

import threading
import time
import traceback

from .results import Result


class Job:
    """`run()` returns a list of results; `title` is what its line in the output is called; `cores`
    how many of the host it keeps busy."""

    def __init__(self, title, run, cores=1):
        self.title, self.run, self.cores = title, run, cores


class Pool:
    """Threads that take jobs while their cores fit into `capacity`."""

    def __init__(self, jobs, capacity, book):
        self.waiting, self.free, self.capacity, self.book = list(jobs), capacity, capacity, book
        self.changed = threading.Condition()

    def take(self):
        """The first job that fits, its cores reserved; None: there are no more."""
        with self.changed:
            while self.waiting:
                for job in self.waiting:
                    if min(job.cores, self.capacity) <= self.free:
                        self.waiting.remove(job)
                        self.free -= min(job.cores, self.capacity)
                        return job
                self.changed.wait()
        return None

    def give_back(self, job):
        with self.changed:
            self.free += min(job.cores, self.capacity)
            self.changed.notify_all()

    def work(self):
        for job in iter(self.take, None):
            started = time.monotonic()
            try:
                results = job.run()
            except Exception as error:  # pylint: disable=broad-except
                # A job that raises is a failed result of its own: nothing is lost silently.
                results = [Result(job.title, passed=False, detail=traceback.format_exc(),
                                  reason="the runner itself failed: %s" % error)]
            self.book.add(job.title, results, time.monotonic() - started)
            self.give_back(job)


def run_jobs(jobs, capacity, book):
    pool = Pool(jobs, capacity, book)
    # Daemons: an interrupted run does not wait for its machines, which die with their thread.
    threads = [threading.Thread(target=pool.work, daemon=True) for _ in range(capacity)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.5)
