"""The sections of a day pack, each made by one function of plain JSON values in a steady order."""

from collections.abc import Callable
from typing import Any

from apps.phone.pack import known, work
from apps.phone.pack.holder import Holder

SECTIONS: dict[str, Callable[[Holder], Any]] = {
    "cells": known.cells,
    "ground": known.ground,
    "tasks": work.tasks,
    "orders": work.orders,
    "patrols": work.patrols,
    "visits": work.visits,
    "near": work.near,
    "components": known.components,
    "files": known.files,
    "classes": known.classes,
    "forms": known.forms,
    "consent": known.consent,
}
