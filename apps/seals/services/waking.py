"""A word to the workers that something is due; without it they find it within seconds."""

from apps.common.waking import Waker

wake = Waker("seals.work_through", expires=30).wake
