"""A job is a row; the worker is only told sooner than it would look by itself."""

from apps.common.waking import Waker

wake_worker = Waker("geodata.run_due", expires=60).wake_after_commit
