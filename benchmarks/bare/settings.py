"""The product's settings with one page in place of all."""

from citybrain.settings.local import *  # noqa: F403  settings modules extend one another

ROOT_URLCONF = "benchmarks.bare.urls"
