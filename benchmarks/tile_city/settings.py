"""The product's settings with the layers of the benchmark."""

from citybrain.settings.local import *  # noqa: F403  settings modules extend one another

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.tile_city.apps.TileCityConfig"]  # noqa: F405
