"""The contract every algorithm keeps: frames in, outputs of a closed list out.

Built-in algorithms and vendors' models are the same to whoever runs them: a plug-in made of
parameters, that reads frames and gives one output for each. Sizes are shares of the picture,
so that a result means the same at every resolution. Source: CP-05, docs/decisions/0067.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """One picture. at_s: seconds since the run began. pixels: height x width x 3, RGB."""

    at_s: float
    pixels: Pixels


@dataclass(frozen=True)
class Box:
    """Something seen. Edges are shares of the picture, 0 to 1; score 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float
    score: float = 1.0
    label: str = ""
    track: int | None = None


@dataclass(frozen=True)
class Output:
    """What an algorithm says of one frame; of the closed list only what it declares.

    classes: label -> score. mask: height x width of 0 and 1. counts: name -> number.
    marks: what began, goes on or ended at this moment, as the algorithm's own plain values.
    """

    at_s: float
    boxes: tuple[Box, ...] = ()
    classes: Mapping[str, float] = field(default_factory=dict)
    mask: Pixels | None = None
    scalar: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    marks: tuple[Mapping[str, Any], ...] = ()


Plugin = Callable[[Iterable[Frame]], Iterator[Output]]


@dataclass(frozen=True)
class Parameter:
    """A number an algorithm may be given: its name for people, default and bounds."""

    code: str
    label: Any
    default: float
    least: float
    most: float
    unit: str = ""


@dataclass(frozen=True)
class BuiltIn:
    """An algorithm that comes with the platform.

    load: makes a plug-in of the parameters and of the lines and zones drawn; called only in
    worker processes, so it may import heavy libraries, which the module that names it may not.
    """

    key: str
    version: str
    title: Any
    task: str
    output: str
    load: Callable[[Mapping[str, float], Mapping[str, Any]], Plugin]
    parameters: tuple[Parameter, ...] = ()
    is_hint: bool = False

    def defaults(self) -> dict[str, float]:
        """Will give the parameters as they are where nobody changed them."""
        return {one.code: one.default for one in self.parameters}
