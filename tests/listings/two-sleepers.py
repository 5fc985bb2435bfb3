# SPDX-License-Identifier: MIT
"""The listing that user/demos/two-sleepers.c follows."""
import sys
import threading
import time

SECONDS = 1 if "--quick" in sys.argv else 2


def sleeper(name):
    print(name, "sleeps")
    time.sleep(SECONDS)
    print(name, "wakes")


threads = [threading.Thread(target=sleeper, args=(name,)) for name in ("first", "second")]
for t in threads:
    t.start()
for t in threads:
    t.join()
print("both are joined")
