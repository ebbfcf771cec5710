"""The scorer of a trained text model: a sparse dot product in numpy, explained by its words.

A model is one ``.npz`` of numeric arrays with a JSON manifest; nothing in it is ever unpickled.
It is made by ``apps.nlp.training`` in a process of its own; pages only read it.
"""

import hashlib
import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from apps.nlp.errors import ModelDamaged
from apps.nlp.grams import LONGEST_TEXT, all_grams, folded, grams

FORMAT = 1
LARGEST_BYTES = 128 * 1024 * 1024
MOST_WORDS = 4
#: A character belongs to a telling word if it is at least so warm beside the warmest one.
WARM = 0.4
SHORTEST_WORD = 2

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Guess:
    """A class with its probability (0 to 1) and the words of the text that spoke for it."""

    code: str
    probability: float
    words: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """What a model made of a text. known: share of the text's n-grams it has ever met."""

    guesses: list[Guess]
    known: float


@dataclass(frozen=True)
class Judged:
    """A text as a model sees it: its known n-grams, their weights, the chance of each class."""

    title: str
    body: str
    index: NDArray[np.int64]
    values: Floats
    chances: NDArray[np.float64]
    known: float


@dataclass(frozen=True)
class LinearModel:
    """A classifier ready to score. weights: n-grams by classes; scale: of the probabilities."""

    classes: tuple[str, ...]
    places: dict[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    scale: float

    def read(self, title: str, body: str, *, limit: int = 3) -> Read:
        """Will give the likeliest classes, best first, with why. Pure; milliseconds.

        spans: (from, to) in the first 4,000 characters of ``body``.
        """
        judged = self.judge(title, body)
        if not len(judged.index):
            return Read([], 0.0)
        best = np.argsort(-judged.chances, kind="stable")[:limit]
        return Read(self.explain(judged, [self.classes[at] for at in best]), judged.known)

    def judge(self, title: str, body: str) -> Judged:
        """Will give the probability of every class, in the order of ``classes``."""
        index, values, total = self._vector(title, body)
        marks = (values @ self.weights[index] + self.bias).astype(np.float64)
        chances = softmax(marks[None, :] * self.scale)[0]
        known = len(index) / total if total else 0.0
        return Judged(title, body[:LONGEST_TEXT], index, values, chances, known)

    def explain(self, judged: Judged, codes: Sequence[str]) -> list[Guess]:
        """Will tell which words of the text spoke for each class rather than for the others."""
        lines = self.weights[judged.index]
        summed = lines.sum(axis=1)
        title, body = self._standing(judged.title), self._standing(judged.body)
        found = []
        for code in codes:
            at = self.classes.index(code)
            own = lines[:, at]
            speaks = judged.values * (own - (summed - own) / max(1, len(self.classes) - 1))
            heat = np.zeros(len(self.places), np.float32)
            heat[judged.index] = np.maximum(speaks, 0)
            spans = _warmest(body, heat, len(judged.body))
            told = [judged.body[start:end] for start, end in spans]
            heads = _warmest(title, heat, len(judged.title))
            told += [judged.title[start:end] for start, end in heads]
            words = list(dict.fromkeys(told))[:MOST_WORDS]
            found.append(Guess(code, round(float(judged.chances[at]), 4), words, sorted(spans)))
        return found

    def _vector(self, title: str, body: str) -> tuple[NDArray[np.int64], Floats, int]:
        """The places of the known n-grams, their weights of length 1, how many kinds there are."""
        counted = Counter(all_grams(title, body))
        find = self.places.get
        hits = [(at, times) for gram, times in counted.items() if (at := find(gram)) is not None]
        index = np.fromiter((at for at, _times in hits), np.int64, len(hits))
        values = np.fromiter((1 + math.log(times) for _at, times in hits), np.float32, len(hits))
        values *= self.idf[index]
        length = float(np.sqrt(np.dot(values, values)))
        return index, values / length if length else values, len(counted)

    def _standing(self, text: str) -> NDArray[np.int64]:
        """Rows of (n-gram, from, length) for the known n-grams of a text."""
        find = self.places.get
        rows = [
            (at, start, len(gram))
            for gram, start in grams(folded(text))
            if (at := find(gram)) is not None
        ]
        return np.array(rows, np.int64).reshape(-1, 3)


def _warmest(standing: NDArray[np.int64], heat: Floats, length: int) -> list[tuple[int, int]]:
    """The warmest stretches of a text, warmest first."""
    if not len(standing):
        return []
    which, starts, sizes = standing.T
    warmth = np.zeros(length, np.float32)
    for offset in range(int(sizes.max())):
        within = sizes > offset
        np.add.at(warmth, starts[within] + offset, heat[which[within]] / sizes[within])
    if warmth.max() <= 0:
        return []
    warm = np.flatnonzero(warmth >= WARM * warmth.max())
    parts = np.split(warm, np.flatnonzero(np.diff(warm) > 1) + 1)
    found = [(int(part[0]), int(part[-1]) + 1) for part in parts if len(part) >= SHORTEST_WORD]
    found.sort(key=lambda span: -float(warmth[span[0] : span[1]].sum()))
    return found[:MOST_WORDS]


def softmax(marks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Will turn rows of marks into rows of probabilities."""
    raised = np.exp(marks - marks.max(axis=1, keepdims=True))
    summed: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return summed


def pack(model: LinearModel) -> tuple[bytes, str]:
    """Will give the bytes of a model and their digest (SHA-256, hex)."""
    manifest = {"format": FORMAT, "classes": list(model.classes), "scale": model.scale}
    words = sorted(model.places, key=model.places.__getitem__)
    kept = io.BytesIO()
    np.savez_compressed(
        kept,
        manifest=_letters(json.dumps(manifest, ensure_ascii=False)),
        grams=_letters("\n".join(words)),
        idf=model.idf,
        weights=model.weights,
        bias=model.bias,
    )
    body = kept.getvalue()
    return body, hashlib.sha256(body).hexdigest()


def unpack(body: bytes, digest: str) -> LinearModel:
    """Will read a model. Raises: ModelDamaged (other bytes than were kept, or not a model)."""
    if len(body) > LARGEST_BYTES or hashlib.sha256(body).hexdigest() != digest:
        raise ModelDamaged()
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as held:
            manifest = json.loads(held["manifest"].tobytes())
            words = held["grams"].tobytes().decode().split("\n")
            idf, weights, bias = held["idf"], held["weights"], held["bias"]
            classes, scale = tuple(manifest["classes"]), float(manifest["scale"])
    except (ValueError, KeyError, TypeError, AttributeError, OSError, BadZipFile) as error:
        raise ModelDamaged() from error
    shapes = (idf.shape, weights.shape, bias.shape)
    if manifest.get("format") != FORMAT or shapes != (
        (len(words),),
        (len(words), len(classes)),
        (len(classes),),
    ):
        raise ModelDamaged()
    places = {word: at for at, word in enumerate(words)}
    return LinearModel(classes, places, idf, weights, bias, scale)


def _letters(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)
