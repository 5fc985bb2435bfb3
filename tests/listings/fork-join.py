# SPDX-License-Identifier: MIT
"""The listing that user/demos/fork-join.c follows."""
import threading

PARTS, NUMBER = 4, 1_000_000
results = [0] * PARTS


def compute(i):
    results[i] = sum(range(i * NUMBER // PARTS + 1, (i + 1) * NUMBER // PARTS + 1))


threads = [threading.Thread(target=compute, args=(i,)) for i in range(PARTS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
for i, part in enumerate(results):
    print(f"part {i + 1}: {part}")
print("total", sum(results))
