"""Makes outputs of the closed list out of the numbers a model gives. Pure.

Source: CP-05; the shapes are told in ``docs/decisions/0067``.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from apps.algorithms.contract import Box, Frame, Output, Plugin
from apps.algorithms.enums import OutputKind
from apps.algorithms.errors import ModelFailed
from apps.algorithms.manifest import Manifest
from apps.algorithms.runner import Limits, ModelSession

Numbers = NDArray[np.float32]
MOST_BOXES = 300


def output_of(numbers: Numbers, manifest: Manifest, at_s: float) -> Output:
    """Will give the output the manifest promises. Raises: ModelFailed (other shape or range)."""
    match manifest.output:
        case OutputKind.BOXES:
            return Output(at_s, boxes=_boxes(numbers, manifest))
        case OutputKind.CLASSES:
            row = _row(numbers, len(manifest.labels))
            if row.min() < 0 or row.max() > 1:
                raise _wrong()
            named = zip(manifest.labels, row, strict=True)
            return Output(at_s, classes={label: float(score) for label, score in named})
        case OutputKind.MASK:
            plane = numbers.reshape(numbers.shape[-2:]) if _is_plane(numbers) else None
            if plane is None:
                raise _wrong()
            return Output(at_s, mask=(plane >= 0.5).astype(np.uint8))
        case OutputKind.SCALAR:
            return Output(at_s, scalar=float(_row(numbers, 1)[0]))
        case _:
            row = _row(numbers, len(manifest.labels))
            if row.min() < 0:
                raise _wrong()
            named = zip(manifest.labels, row, strict=True)
            return Output(at_s, counts={label: round(float(many)) for label, many in named})


def model_plugin(content: bytes, manifest: Manifest, limits: Limits | None = None) -> Plugin:
    """Will give a plug-in that runs the model in a process of its own, while it is read from."""

    def run(frames: Iterable[Frame]) -> Iterator[Output]:
        with ModelSession(content, limits) as session:
            for frame in frames:
                numbers, _ms = session.run(frame.pixels, manifest.input.told())
                yield output_of(numbers, manifest, frame.at_s)

    return run


def _boxes(numbers: Numbers, manifest: Manifest) -> tuple[Box, ...]:
    if numbers.ndim == 3 and numbers.shape[0] == 1:
        numbers = numbers[0]
    if numbers.ndim != 2 or numbers.shape[1] != 6 or len(numbers) > 10_000:
        raise _wrong()
    size = np.asarray([manifest.input.width, manifest.input.height] * 2, np.float32)
    edges = numbers[:, :4] / (size if numbers[:, :4].max(initial=0) > 1.5 else 1)
    kept = [row for row in range(len(numbers)) if numbers[row, 4] > 0][:MOST_BOXES]
    if any(not 0 <= numbers[row, 4] <= 1 for row in kept):
        raise _wrong()
    return tuple(_box(edges[row], numbers[row], manifest.labels) for row in kept)


def _box(edges: Numbers, row: Numbers, labels: tuple[str, ...]) -> Box:
    left, top, right, bottom = (min(1.0, max(0.0, float(edge))) for edge in edges)
    number = int(row[5])
    label = labels[number] if 0 <= number < len(labels) else ""
    return Box(left, top, right, bottom, float(row[4]), label)


def _row(numbers: Numbers, length: int) -> Numbers:
    if numbers.size != length or length == 0:
        raise _wrong()
    return numbers.reshape(length)


def _is_plane(numbers: Numbers) -> bool:
    return numbers.ndim >= 2 and numbers.size == numbers.shape[-1] * numbers.shape[-2]


def _wrong() -> ModelFailed:
    return ModelFailed("output_shape", _("模型输出的形状或范围与清单不符"))
