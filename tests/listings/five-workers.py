# SPDX-License-Identifier: MIT
"""The listing that user/demos/five-workers.c follows."""
import sys
import threading
import time

STEP = 0.05 if "--quick" in sys.argv else 0.2


def work(number):
    time.sleep(STEP * number)
    print(threading.current_thread().name, "ends")


for i in range(5):
    threading.Thread(target=work, args=(i + 1,), name=f"worker {i + 1}").start()
print("main ends")
