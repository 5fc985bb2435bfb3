# SPDX-License-Identifier: MIT
"""The listing that user/demos/daemon-workers.c follows."""
import sys
import threading
import time

UNIT = 0.3 if "--quick" in sys.argv else 1


def work(number):
    print(f"worker {number} begins")
    time.sleep(10 * UNIT)
    print(f"worker {number} ends")


for i in range(3):
    threading.Thread(target=work, args=(i + 1,), daemon=True).start()
time.sleep(UNIT)
print("main ends")
