# SPDX-License-Identifier: MIT
"""Jobs side by side, as many as the host has cores for, in the order given.

A machine with several CPUs is given two cores: beside another one its CPUs would mostly wait for a
lock whose holder the host has put aside, and all would take many times longer. What such machines,
and those that wait for their console, leave of the host's time is for one job more, of low priority:
a batch job, for which it does not matter how long it takes.
"""

import os
import sys
import threading
import time
import traceback

from .results import Result


class Job:
    """`run()` returns a list of results; `title` is what its line in the output is called; `cores`
    how many of the host it keeps busy; `batch`: whether it only computes, or its time is virtual."""

    def __init__(self, title, run, cores=1, batch=False):
        self.title, self.run, self.cores, self.batch = title, run, cores, batch


# Of a thread that runs batch jobs, and so of the processes that it starts: a tenth of the others' share.
LOW_PRIORITY = 10


class Pool:
    """Threads that take jobs while their cores fit into `capacity`, and one for batch jobs."""

    def __init__(self, jobs, capacity, book):
        self.waiting, self.free, self.capacity, self.book = list(jobs), capacity, capacity, book
        self.changed = threading.Condition()

    def take_batch(self):
        """The last batch job, for the others begin with the first; None: there are no more."""
        with self.changed:
            for job in reversed(self.waiting):
                if job.batch:
                    self.waiting.remove(job)
                    return job
        return None

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
            self.run(job)
            self.give_back(job)

    def work_batch(self):
        # Linux: 0 is the calling thread, not its process.
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + LOW_PRIORITY)
        for job in iter(self.take_batch, None):
            self.run(job)

    def run(self, job):
        started = time.monotonic()
        try:
            results = job.run()
        except Exception as error:  # pylint: disable=broad-except
            # A job that raises is a failed result of its own: nothing is lost silently.
            results = [Result(job.title, passed=False, detail=traceback.format_exc(),
                              reason="the runner itself failed: %s" % error)]
        self.book.add(job.title, results, time.monotonic() - started)


def run_jobs(jobs, capacity, book):
    pool = Pool(jobs, capacity, book)
    targets = [pool.work] * capacity
    # Where threads have a priority of their own, and there is somebody to give way to.
    if 1 < capacity < len(jobs) and sys.platform.startswith("linux"):
        targets.append(pool.work_batch)
    # Daemons: an interrupted run does not wait for its machines, which die with their thread.
    threads = [threading.Thread(target=target, daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.5)
