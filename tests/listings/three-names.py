# SPDX-License-Identifier: MIT
"""The listing that user/demos/three-names.c follows."""
import threading


def show():
    print("I am", threading.current_thread().name)


for name in "download", "draw", "save":
    threading.Thread(target=show, name=name).start()
