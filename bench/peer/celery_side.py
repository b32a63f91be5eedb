"""Celery's side: `celery_side.py chain-1000 10 1000` runs a canvas of 10, then one of 1000, and prints tasks a second.

Redis is broker and result backend, at BENCH_REDIS. The worker is what `celery worker` starts: its default prefork pool, with a
process for each core. Results are kept for a day, as they are by default.
"""

import os
import subprocess
import sys
import time

from celery import Celery, chain, chord

REDIS = os.environ["BENCH_REDIS"]
app = Celery("celery_side", broker=REDIS, backend=REDIS)
app.conf.broker_connection_retry_on_startup = True
LONGEST = 150


@app.task
def same(n):
    return n


@app.task
def add_one(n):
    return n + 1


@app.task
def total(ns):
    return sum(ns)


def play(measure, size):
    """Sends a canvas and waits for its value; tells how long that took."""
    begun = time.perf_counter()
    if measure.startswith("chain"):
        canvas, expected = chain([add_one.s(0)] + [add_one.s() for _ in range(size - 1)]), size
    else:
        canvas, expected = chord([same.s(n) for n in range(size)], total.s()), size * (size - 1) // 2
    value = canvas.apply_async().get(timeout=LONGEST, interval=0.005)
    seconds = time.perf_counter() - begun
    assert value == expected, f"{measure} gave {value}"
    return seconds


if __name__ == "__main__":
    measure, warm_up, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_side", "worker", "--loglevel=ERROR"],
        cwd=os.path.dirname(os.path.abspath(__file__)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        same.delay(1).get(timeout=60)
        play(measure, warm_up)
        print(size / play(measure, size), flush=True)
    finally:
        worker.kill()
