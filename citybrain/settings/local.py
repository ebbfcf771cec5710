"""One machine, started by ``bin/run``: the demo, a trial, a small town."""

from citybrain.settings.base import *  # noqa: F403  settings modules extend one another

DEBUG = env.bool("CITYBRAIN_DEBUG", default=False)
