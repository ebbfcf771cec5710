"""A draft of an answer, put together of sentences that were approved; no word is made up.

Articles in force are found by the words of the demand; of their sentences those stay that share
its telling words. Each names its article, version and paragraph. A person edits and sends.
Source: HL-11, HL-19, TX-06 (without a language model).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.models import Tenant
from apps.hotline.models import Article
from apps.hotline.selectors.knowledge import find_articles
from apps.hotline.selectors.words import COMMON_SHARE, common_words
from apps.nlp.search import document_tokens

ARTICLES_MOST, SENTENCES_MOST = 3, 5
#: Telling words a sentence must share with the demand, its article's title counted along.
SHARED_LEAST = 2
#: Beside the best sentence, those at least so good.
GOOD_SHARE = 0.35
_SENTENCE = re.compile(r"[^。！？!?；;]+[。！？!?；;]?")


@dataclass(frozen=True)
class Sentence:
    """One sentence of an approved article. paragraph: from 1. score: telling words shared."""

    text: str
    article: Article
    paragraph: int
    score: float


@dataclass(frozen=True)
class AnswerDraft:
    """Sentences in the order of their articles; ``articles``: best first."""

    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The words to begin with, one paragraph for each article."""
        parts: dict[int, list[str]] = {}
        for sentence in self.sentences:
            parts.setdefault(sentence.article.pk, []).append(sentence.text)
        return "\n".join("".join(texts) for texts in parts.values())

    @property
    def articles(self) -> list[Article]:
        """The articles cited, in order."""
        return list({s.article.pk: s.article for s in self.sentences}.values())

    @property
    def cited(self) -> str:
        """The keys of the articles, with commas, as a form carries them."""
        return ",".join(str(article.pk) for article in self.articles)


def draft_answer(
    *, tenant: Tenant, text: str, title: str = "", class_code: str = ""
) -> AnswerDraft | None:
    """Will propose an answer to a demand; None where no approved sentence speaks of it.

    Articles of the tenant that are published and valid today, in the wording in force.
    """
    asked = f"{title}\n{text}"
    found = find_articles(tenant=tenant, text=asked, class_code=class_code, limit=5)
    return compose(asked, found)


def compose(asked: str, articles: Sequence[Article]) -> AnswerDraft | None:
    """Will choose the sentences of some articles that answer a text; see ``draft_answer``."""
    telling = _words(asked)
    common = common_words()
    scored = [s for article in articles for s in _scored(article, telling, common)]
    if not scored:
        return None
    best = sorted(scored, key=lambda s: -s.score)
    good = [s for s in best if s.score >= best[0].score * GOOD_SHARE][:SENTENCES_MOST]
    order = list(dict.fromkeys(s.article.pk for s in good))[:ARTICLES_MOST]
    chosen = {id(s) for s in good}
    return AnswerDraft(
        tuple(s for key in order for s in scored if id(s) in chosen and s.article.pk == key)
    )


def _scored(article: Article, telling: set[str], common: dict[str, float]) -> list[Sentence]:
    """The sentences of an article that share enough; a word is worth more the rarer it is."""
    heading = _words(article.title) & telling
    found = []
    for number, paragraph in enumerate(_paragraphs(article.body), start=1):
        for match in _SENTENCE.finditer(paragraph):
            words = _words(match.group())
            shared = words & telling
            if not shared or len(shared | heading) < SHARED_LEAST:
                continue
            worth = sum(_worth(word, common) for word in shared)
            worth += sum(_worth(word, common) for word in heading) / 2
            score = worth / math.sqrt(max(len(words), 4))
            found.append(Sentence(match.group().strip(), article, number, score))
    return found


def _worth(word: str, common: dict[str, float]) -> float:
    return math.log(1 / common.get(word, COMMON_SHARE / 2))


def _words(text: str) -> set[str]:
    return {word for word, _place in document_tokens(text) if len(word) > 1}


def _paragraphs(body: str) -> list[str]:
    return [line.strip() for line in body.splitlines() if line.strip()]
