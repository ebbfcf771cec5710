"""Trains a text model: n-grams chosen by chi-square, a linear classifier, honest held-out figures.

Needs scikit-learn, which no page may load: imported by the task that trains and by nothing else.
What is chosen (n-grams, thresholds, the scale of probabilities) is chosen inside each fold.
Source: TX-01, docs/decisions/0074.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_selection import chi2
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from apps.nlp.errors import TooFewExamples
from apps.nlp.grams import all_grams
from apps.nlp.learned import LEAST_EXAMPLES, PRECISION, Example
from apps.nlp.linear import LinearModel, pack, softmax

FOLDS = 5
#: An n-gram fewer texts have is a name or a slip; it never gets into a model.
LEAST_TEXTS = 3
GRAMS_PER_CLASS = 700
MOST_GRAMS = 50_000
#: The newest of each class; more makes training slow and no better.
MOST_PER_CLASS = 2_000
SCALES = np.geomspace(0.5, 20, 60)

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Trained:
    """A finished model. sheet: its held-out figures; thresholds: per class, for filling in."""

    body: bytes
    digest: str
    sheet: dict[str, Any]
    thresholds: dict[str, float]


@dataclass(frozen=True)
class HeldOut:
    """What models that had not seen a text made of it. marks: texts by classes."""

    marks: NDArray[np.float64]
    known: float


def train(examples: Sequence[Example], *, progress: Progress | None = None) -> Trained:
    """Will train on confirmed examples, newest first, and judge by five folds.

    progress: told 0 to 100. Classes of fewer than eight examples are left out and told.
    Raises: TooFewExamples (fewer than two classes are left).
    """
    say = progress or (lambda _percent: None)
    kept, left_out = _enough(examples)
    classes = tuple(sorted({example.code for example in kept}))
    if len(classes) < 2:
        raise TooFewExamples()
    counted = [Counter(all_grams(example.title, example.text)) for example in kept]
    target = np.array([classes.index(example.code) for example in kept])
    say(10)
    held = _held_out(counted, target, classes, say)
    scale = _scale(held.marks, target)
    chances = softmax(held.marks * scale)
    thresholds = thresholds_of(chances, target, classes)
    model = fit(counted, target, classes, scale)
    body, digest = pack(model)
    say(100)
    sheet = _sheet(chances, target, classes, thresholds) | {
        "known": round(held.known, 4),
        "left_out": left_out,
        "grams": len(model.places),
        "kilobytes": len(body) // 1024,
    }
    return Trained(body, digest, sheet, thresholds)


def fit(
    counted: Sequence[Counter[str]],
    target: NDArray[np.int64],
    classes: tuple[str, ...],
    scale: float,
) -> LinearModel:
    """Will fit one model on counted n-grams; the same input gives the same model."""
    held_by = Counter[str]()
    for one in counted:
        held_by.update(one.keys())
    words = sorted(gram for gram, number in held_by.items() if number >= LEAST_TEXTS)
    total = len(counted)
    idf = np.array([math.log((1 + total) / (1 + held_by[w])) + 1 for w in words], np.float32)
    matrix = _matrix(counted, {word: at for at, word in enumerate(words)}, idf)
    marks = np.nan_to_num(chi2(normalize(matrix), target)[0])
    most = min(MOST_GRAMS, GRAMS_PER_CLASS * len(classes))
    chosen = np.sort(np.argsort(-marks, kind="stable")[:most])
    linear = LinearSVC(class_weight="balanced", random_state=0)
    linear.fit(normalize(matrix[:, chosen]), target)
    weights, bias = linear.coef_.T, linear.intercept_
    if len(classes) == 2:  # one line parts a pair; the scorer wants a column for each
        weights, bias = np.hstack([-weights, weights]), np.hstack([-bias, bias])
    return LinearModel(
        classes,
        {words[at]: place for place, at in enumerate(chosen)},
        idf[chosen],
        np.ascontiguousarray(weights, np.float32),
        bias.astype(np.float32),
        scale,
    )


def thresholds_of(
    chances: NDArray[np.float64], target: NDArray[np.int64], classes: tuple[str, ...]
) -> dict[str, float]:
    """Will give, per class, the least probability above which 95% of the proposals were right.

    One more wrong proposal is assumed than was seen, so that a class needs at least 19 of them;
    a class that never gets there has none and is never filled in.
    """
    found: dict[str, float] = {}
    first = chances.argmax(axis=1)
    for at, code in enumerate(classes):
        mine = np.flatnonzero(first == at)
        mine = mine[np.argsort(-chances[mine, at], kind="stable")]
        right = np.cumsum(target[mine] == at)
        good = np.flatnonzero(right / (np.arange(len(mine)) + 2) >= PRECISION)
        if len(good):
            # Rounded down: the report the threshold was taken from must reach it itself.
            found[code] = math.floor(float(chances[mine[good[-1]], at]) * 1e4) / 1e4
    return found


def _enough(examples: Sequence[Example]) -> tuple[list[Example], dict[str, int]]:
    taken = Counter[str]()
    kept = []
    for example in examples:
        taken[example.code] += 1
        if taken[example.code] <= MOST_PER_CLASS:
            kept.append(example)
    left_out = {code: number for code, number in taken.items() if number < LEAST_EXAMPLES}
    return [example for example in kept if example.code not in left_out], left_out


def _held_out(
    counted: Sequence[Counter[str]],
    target: NDArray[np.int64],
    classes: tuple[str, ...],
    say: Progress,
) -> HeldOut:
    marks = np.zeros((len(counted), len(classes)))
    known: list[float] = []
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(marks, target)
    for number, (seen, unseen) in enumerate(folds, 1):
        model = fit([counted[at] for at in seen], target[seen], classes, 1.0)
        asked = [counted[at] for at in unseen]
        matrix = normalize(_matrix(asked, model.places, model.idf))
        marks[unseen] = matrix @ model.weights + model.bias
        known += [
            sum(gram in model.places for gram in one) / len(one) if one else 0.0 for one in asked
        ]
        say(10 + 15 * number)
    return HeldOut(marks, float(np.mean(known)))


def _matrix(
    counted: Sequence[Counter[str]], places: dict[str, int], idf: NDArray[np.float32]
) -> csr_matrix:
    starts, index, values = [0], [], []
    for one in counted:
        for gram, times in one.items():
            at = places.get(gram)
            if at is not None:
                index.append(at)
                values.append((1 + math.log(times)) * idf[at])
        starts.append(len(index))
    shape = (len(counted), len(places))
    return csr_matrix((np.array(values, np.float32), index, starts), shape=shape)


def _scale(marks: NDArray[np.float64], target: NDArray[np.int64]) -> float:
    """How strongly marks speak, so that of proposals of 80% about 80% are right."""
    rows = np.arange(len(target))
    losses = [-np.log(softmax(marks * scale)[rows, target] + 1e-12).mean() for scale in SCALES]
    return float(SCALES[int(np.argmin(losses))])


def _sheet(
    chances: NDArray[np.float64],
    target: NDArray[np.int64],
    classes: tuple[str, ...],
    thresholds: dict[str, float],
) -> dict[str, Any]:
    first = chances.argmax(axis=1)
    best = np.argsort(-chances, axis=1, kind="stable")[:, :3]
    limits = np.array([thresholds.get(code, 2.0) for code in classes])
    filled = chances.max(axis=1) >= limits[first]
    right = first == target
    return {
        "examples": len(target),
        "macro_f1": round(float(f1_score(target, first, average="macro")), 4),
        "top1": round(float(right.mean()), 4),
        "top3": round(float((best == target[:, None]).any(axis=1).mean()), 4),
        "filled": round(float(filled.mean()), 4),
        "filled_right": round(float(right[filled].mean()), 4) if filled.any() else None,
        "classes": {
            code: _class_row(at, first, target, filled, thresholds.get(code))
            for at, code in enumerate(classes)
        },
    }


def _class_row(
    at: int,
    first: NDArray[np.int64],
    target: NDArray[np.int64],
    filled: NDArray[np.bool_],
    threshold: float | None,
) -> dict[str, Any]:
    proposed, held = first == at, target == at
    right = int((proposed & held).sum())
    return {
        "examples": int(held.sum()),
        "precision": round(right / max(1, int(proposed.sum())), 4),
        "recall": round(right / max(1, int(held.sum())), 4),
        "threshold": threshold,
        "filled": int((filled & proposed).sum()),
        "filled_right": int((filled & proposed & held).sum()),
    }
