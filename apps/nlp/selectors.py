"""Which models there are, which serves, which is on trial, and what they make of a text."""

import math
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.common.memory import Memory
from apps.nlp.enums import CHALLENGING, ModelState
from apps.nlp.linear import Guess, LinearModel, Read, unpack
from apps.nlp.models import TextModel, TextModelBody, Vocabulary
from apps.nlp.proposals import Proposal, Words, propose, words_of

#: How loudly words speak beside the model: one strong word (weight 3) lifts a class twentyfold.
WORD_SHARE = 1.0
#: A word of this weight or below forbids its class.
VETO = -3.0
#: What a class the model does not know begins with: only words can lift it.
UNKNOWN = 0.05
LIMIT = 3


@dataclass(frozen=True)
class ClassOffer:
    """A class proposed to people. model: 0 to 1 by the model alone, None where it has no say.

    fills: so sure that the class may be filled in; threshold: from which probability on.
    """

    code: str
    confidence: float
    reasons: list[str]
    model: float | None = None
    threshold: float | None = None
    fills: bool = False
    words: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Offered:
    """All that is proposed for a text. version: of the model, None: only the word lists."""

    offers: list[ClassOffer]
    version: int | None
    known: float | None

    @property
    def filled(self) -> str:
        """Will give the class that may be filled in, empty when none is sure enough."""
        return self.offers[0].code if self.offers and self.offers[0].fills else ""


@dataclass(frozen=True)
class _Serving:
    number: int
    digest: str
    thresholds: dict[str, float]


_serving: Memory[_Serving | None] = Memory(of=("nlp.TextModel",))
_words: Memory[Words] = Memory(of=("nlp.ClassWord",))


def list_models() -> QuerySet[TextModel]:
    """Will give every version, the newest first."""
    return TextModel.objects.select_related("author", "submitter", "releaser").order_by("-number")


def get_model(number: int) -> TextModel:
    """Will give one version. Raises: NotFound."""
    model = list_models().filter(number=number).first()
    if model is None:
        raise NotFound(_("没有这一版模型"))
    return model


def find_serving() -> TextModel | None:
    """Will find the released version."""
    return list_models().filter(state=ModelState.RELEASED).first()


def find_challenger() -> TextModel | None:
    """Will find the version on trial."""
    return list_models().filter(state__in=CHALLENGING).first()


def offer_classes(text: str, *, title: str = "") -> Offered:
    """Will propose up to three classes by the released model and the word lists together.

    Words lift, lower or forbid a class; they never make it sure enough to be filled in: for that
    the model alone must reach the threshold, with nothing said against it (TX-01).
    """
    words = _words.get("", lambda: words_of(Vocabulary.CLASS))
    told = {one.code: one for one in propose(text, words, title=title, limit=len(words))}
    serving = _serving.get("", lambda: _of_state(ModelState.RELEASED))
    if serving is None:
        offers = [
            ClassOffer(one.code, one.confidence, one.reasons, spans=one.spans)
            for one in list(told.values())[:LIMIT]
        ]
        return Offered(offers, None, None)
    model = _loaded(serving.number, serving.digest)
    judged = model.judge(title, text)
    chances = dict(zip(model.classes, judged.chances.tolist(), strict=True))
    if not len(judged.index):
        chances = {}
    marks = _marks(chances, told, forbidden(text, title, words))
    likeliest = max(chances, key=chances.__getitem__, default="")
    best = _best(marks)
    known = [code for code, _confidence in best if code in chances]
    guesses = {guess.code: guess for guess in model.explain(judged, known)}
    offers = []
    for place, (code, confidence) in enumerate(best):
        guess = guesses.get(code, Guess(code, 0.0))
        threshold = serving.thresholds.get(code)
        sure = place == 0 and code == likeliest and threshold is not None
        listed = told.get(code)
        offers.append(
            ClassOffer(
                code,
                confidence,
                reasons=[
                    *(listed.reasons if listed else []),
                    *[_("用语“%s”") % word for word in guess.words],
                ],
                model=chances.get(code),
                threshold=threshold,
                fills=sure and chances[code] >= (threshold or 1.0),
                words=guess.words,
                spans=guess.spans or (listed.spans if listed else []),
            )
        )
    return Offered(offers, serving.number, judged.known)


def read_with_challenger(text: str, *, title: str = "") -> tuple[int, Read] | None:
    """Will give what the version on trial makes of a text, with its number; None: none is."""
    found = _serving.get("challenger", lambda: _of_state(*CHALLENGING))
    if found is None:
        return None
    return found.number, _loaded(found.number, found.digest).read(title, text)


def forbidden(text: str, title: str, words: Words) -> frozenset[str]:
    """Will give the classes a word of the text forbids."""
    whole = f"{title}\n{text}".lower()
    return frozenset(
        code
        for code, entries in words.items()
        if any(weight <= VETO and word in whole for word, weight in entries.items())
    )


def _marks(
    chances: dict[str, float], told: dict[str, Proposal], vetoed: frozenset[str]
) -> dict[str, float]:
    """Classes with what model and words together say of them, as logarithms."""
    return {
        code: math.log(max(chances.get(code, UNKNOWN), 1e-6))
        + (WORD_SHARE * told[code].score if code in told else 0.0)
        for code in chances.keys() | told.keys()
        if code not in vetoed
    }


def _best(marks: dict[str, float]) -> list[tuple[str, float]]:
    """The likeliest classes with their share of all."""
    highest = max(marks.values(), default=0.0)
    total = sum(math.exp(mark - highest) for mark in marks.values())
    best = sorted(marks, key=lambda code: (-marks[code], code))[:LIMIT]
    return [(code, round(math.exp(marks[code] - highest) / total, 3)) for code in best]


def _of_state(*states: ModelState) -> _Serving | None:
    found = TextModel.objects.filter(state__in=states).first()
    return _Serving(found.number, found.digest, found.thresholds) if found else None


@lru_cache(maxsize=3)  # the serving one, the challenger, and the one before
def _loaded(number: int, digest: str) -> LinearModel:
    body = TextModelBody.objects.get(model__number=number).content
    return unpack(bytes(body), digest)
