"""How right outputs are against what is known of the pictures. Pure. Source: CP-03.

boxes: one truth is found by one box of the same label that covers it by at least half (IoU).
classes: the highest is the right one. mask: IoU at least a half. scalar: within the tolerance.
counts: one by one exactly.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from apps.algorithms.contract import Box, Output
from apps.algorithms.enums import OutputKind
from apps.algorithms.registry import Verdict

COVER = 0.5


def judge(kind: str, output: Output, truth: Mapping[str, Any]) -> Verdict:
    """Will compare one output with the truth of its picture."""
    match kind:
        case OutputKind.BOXES:
            return _judge_boxes(output.boxes, [Box(**one) for one in truth["boxes"]])
        case OutputKind.CLASSES:
            scores = output.classes
            said = max(scores, key=lambda label: scores[label], default="")
            return _right(said == truth["label"])
        case OutputKind.SCALAR:
            off = abs((output.scalar or 0.0) - truth["value"])
            return _right(output.scalar is not None and off <= truth.get("tolerance", 0))
        case OutputKind.MASK:
            return _right(_mask_cover(output, truth["mask"]) >= COVER)
        case _:
            wanted: Mapping[str, int] = truth["counts"]
            right = sum(min(output.counts.get(name, 0), many) for name, many in wanted.items())
            said_in_all = sum(output.counts.values())
            return Verdict(right, said_in_all - right, sum(wanted.values()) - right)


def sheet_of(verdicts: Sequence[Verdict], *, ms: float, threshold_note: str = "") -> dict[str, Any]:
    """Will give precision, recall and F1 (0 to 1, three places) with what they are made of."""
    right = sum(one.right for one in verdicts)
    too_much = sum(one.too_much for one in verdicts)
    missed = sum(one.missed for one in verdicts)
    precision = right / (right + too_much) if right + too_much else 0.0
    recall = right / (right + missed) if right + missed else 0.0
    total = precision + recall
    return {
        "items": len(verdicts),
        "right": right,
        "too_much": too_much,
        "missed": missed,
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(2 * precision * recall / total, 3) if total else 0.0,
        "ms": round(ms, 2),
    } | ({"note": threshold_note} if threshold_note else {})


def cover(one: Box, other: Box) -> float:
    """Will give the intersection over the union of two boxes."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (_area(one) + _area(other) - both)


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)


def _judge_boxes(said: Sequence[Box], truth: Sequence[Box]) -> Verdict:
    free, right = list(truth), 0
    for box in sorted(said, key=lambda one: -one.score):
        fitting = [one for one in free if one.label in ("", box.label) and cover(one, box) >= COVER]
        if fitting:
            free.remove(max(fitting, key=lambda one: cover(one, box)))
            right += 1
    return Verdict(right, len(said) - right, len(free))


def _mask_cover(output: Output, rows: Sequence[str]) -> float:
    if output.mask is None:
        return 0.0
    wanted = np.asarray([[c == "1" for c in row] for row in rows], bool)
    if wanted.shape != output.mask.shape:
        return 0.0
    said = output.mask.astype(bool)
    union = int((said | wanted).sum())
    return int((said & wanted).sum()) / union if union else 1.0


def _right(is_right: bool) -> Verdict:
    return Verdict(1, 0, 0) if is_right else Verdict(0, 1, 1)
