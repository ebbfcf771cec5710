"""A worker that does nothing but fire timers; run as ``python -m benchmarks.support.scanner``.

What the worker of production does every few seconds, without the pause between the turns, until
nothing is left for a while.
"""

import time

import django

IDLE_S = 20.0


def main() -> None:
    django.setup()
    from apps.clocks.tasks import fire_due_timers

    idle_since = time.monotonic()
    while time.monotonic() - idle_since < IDLE_S:
        if fire_due_timers():
            idle_since = time.monotonic()
        else:
            time.sleep(0.2)


if __name__ == "__main__":
    main()
