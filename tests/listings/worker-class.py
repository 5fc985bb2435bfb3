# SPDX-License-Identifier: MIT
"""The listing that user/demos/worker-class.c follows."""
import threading


class Worker(threading.Thread):
    def __init__(self, target, name, args):
        super().__init__(name=name)
        self.target, self.args = target, args
        print(f"{self.name} is made, threads: {threading.active_count()}")

    def run(self):
        print(self.name, "runs")
        self.target(*self.args)

    def join(self, timeout=None):
        super().join(timeout)
        print(self.name, "is joined")


def greet(word, times):
    for _ in range(times):
        print(word)


worker = Worker(target=greet, name="greeter", args=("hello", 3))
worker.start()
worker.join()
