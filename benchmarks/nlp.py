"""How well and how fast texts are classified, and how fast duplicates are found.

Quality is judged on real messages outside this project (``../shared/data``); without them only
the speeds are measured, on drawn texts. Each message is judged by a model that never saw it, and
whatever is chosen (n-grams, thresholds) is chosen without it.
"""

import csv
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.runner import ROOT, Bench, Figure
from benchmarks.support.client import percentile
from benchmarks.support.words import report

DESCRIPTION = "F1 and top-3 of the class model, training time, p95 of classify and duplicates"
MESSAGES = ROOT.parent / "shared/data/citizen-messages/labelled.csv"
CASES = 300_000
ROUNDS = 300


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from apps.nlp.learned import Example

    if MESSAGES.exists():
        examples = [Example(*row) for row in _messages(MESSAGES)]
        figures = _quality(bench, examples)
    else:
        bench.progress(f"no {MESSAGES}: quality is not measured")
        drawn = [report(number) for number in range(1000)]
        examples = [Example(one["title"], one["text"], one["class_code"]) for one in drawn]
        figures = []
    return [*figures, *_speed(bench, examples), *_duplicates(bench)]


def _messages(path: Path) -> list[tuple[str, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["留言主题"], row["留言详情"], row["一级分类"]) for row in csv.DictReader(file)]


def _quality(bench: Bench, examples: list[Any]) -> list[Figure]:
    from apps.nlp.training import train

    bench.progress(f"training on {len(examples)} messages, judged in five folds")
    began = time.perf_counter()
    sheet = train(examples).sheet
    seconds = time.perf_counter() - began
    filled, right = _nested(examples)
    return [
        Figure("macro F1, five folds", sheet["macro_f1"], "", ">=", 0.85),
        Figure("right class among three", sheet["top3"], "", ">=", 0.96),
        Figure("first class right", sheet["top1"], ""),
        Figure("filled in, thresholds chosen inside the folds", filled, "share"),
        Figure("of those right", right, "share", ">=", 0.95),
        Figure("training with five folds", seconds, "s", "<=", 60.0),
    ]


def _nested(examples: list[Any]) -> tuple[float, float]:
    """How much is filled in, and how much of it rightly, on folds no threshold has seen."""
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    from apps.nlp.linear import unpack
    from apps.nlp.training import train

    codes = np.array([example.code for example in examples])
    filled = right = 0
    for seen, unseen in StratifiedKFold(5, shuffle=True, random_state=1).split(codes, codes):
        done = train([examples[at] for at in seen])
        model = unpack(done.body, done.digest)
        for at in unseen:
            chances = model.judge(examples[at].title, examples[at].text).chances
            code = model.classes[int(chances.argmax())]
            if chances.max() >= done.thresholds.get(code, 2.0):
                filled += 1
                right += code == codes[at]
    return filled / len(examples), right / max(1, filled)


def _speed(bench: Bench, examples: list[Any]) -> list[Figure]:
    """One text after the other, as they come: ours with its words, ours bare, scikit-learn's."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    from apps.nlp.grams import all_grams
    from apps.nlp.linear import unpack
    from apps.nlp.training import train

    done = train(examples)
    model = unpack(done.body, done.digest)
    vectors = TfidfVectorizer(
        analyzer=lambda pair: all_grams(*pair), vocabulary=model.places, sublinear_tf=True
    )
    pairs = [(example.title, example.text) for example in examples]
    theirs = LinearSVC().fit(vectors.fit_transform(pairs), [one.code for one in examples])
    sample = [pairs[at % len(pairs)] for at in range(ROUNDS)]
    bench.progress(f"{ROUNDS} texts three ways")
    told = _times_ms(sample, lambda pair: model.read(*pair))
    ours = _times_ms(sample, lambda pair: model.judge(*pair))
    other = _times_ms(sample, lambda pair: theirs.decision_function(vectors.transform([pair])))
    return [
        Figure("classify with its words, p95", percentile(told, 0.95), "ms", "<=", 50.0),
        Figure("classify, median", float(np.median(ours)), "ms"),
        Figure("scikit-learn, median", float(np.median(other)), "ms"),
        Figure("our scorer to scikit-learn's", float(np.median(other) / np.median(ours)), "x",
               ">=", 1.0),
    ]  # fmt: skip


def _duplicates(bench: Bench) -> list[Figure]:
    from django.contrib.gis.geos import Point

    from apps.hotline.selectors.duplicates import likely_duplicates
    from benchmarks.support.cases import fill
    from benchmarks.support.town import build_town

    bench.progress(f"filling in {CASES:,} cases")
    town = build_town()
    fill(town, total=CASES)
    agent = town.people["acceptor"]
    asked = []
    for number in range(ROUNDS):
        words = report(1_000_000 + number)
        lon, lat = town.points[number % len(town.points)]
        asked.append((words, Point(lon, lat, srid=4326)))

    def look(one: tuple[dict[str, str], Point]) -> object:
        words, point = one
        return likely_duplicates(
            agent, tenant=town.tenant, text=words["text"], title=words["title"], point=point,
            class_code=words["class_code"],
        )  # fmt: skip

    for one in asked[:20]:
        look(one)
    times = _times_ms(asked, look)
    return [Figure(f"duplicates among {CASES:,} cases, p95", percentile(times, 0.95), "ms",
                   "<=", 50.0)]  # fmt: skip


def _times_ms(asked: list[Any], do: Callable[[Any], object]) -> list[float]:
    times = []
    for one in asked:
        began = time.perf_counter()
        do(one)
        times.append((time.perf_counter() - began) * 1000)
    return times
