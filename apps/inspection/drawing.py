"""The draw itself: from a frozen list and two seeds to who checks whom (MT-20).

Pure functions over plain JSON values; nothing but Python's own library, so that whoever doubts
a draw can run this file alone: ``python drawing.py proof.json``.

What is promised, and when:

1. The list of candidates is frozen. Published at once: ``digest(list)`` and the digest of a
   secret of 32 random bytes. Neither can be changed afterwards without being noticed.
2. At the draw a witness may say any words (the public seed); nobody knew them when the secret
   was made, and the secret cannot be changed any more.
3. ``seed = SHA-256(canonical {list: digest, public: words, secret: hex})``. Everything else
   follows: the secret is published with the result, and anyone can compute it again.

Chance comes from HMAC-SHA256 in counter mode: block i of stream s is
``HMAC(seed, s || "|" || i)``, read as numbers of 64 bits. ``below(n)`` throws away numbers from
the incomplete last span, so no remainder is likelier than another. Lists are shuffled after
Fisher and Yates. Every grade and every object has a stream of its own, named after it.

The frozen list: {"algorithm", "rates": {grade: share of 10,000}, "per_object": n,
"objects": [{"id", "grade", ...}], "inspectors": [{"id", ...}],
"barred": {object id: {inspector id: reason}}, ...}; further keys are only digested.

Source: docs/decisions/0028.
"""

import hashlib
import hmac
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

ALGORITHM = "citybrain-draw-1"
WHOLE = 10_000
_WORD_BITS = 64
Item = TypeVar("Item")


class ImpossibleDraw(ValueError):
    """The list permits no draw; ``objects`` are the ids with too few inspectors."""

    def __init__(self, objects: Sequence[str]) -> None:
        super().__init__(f"too few inspectors for: {', '.join(objects[:5])}")
        self.objects = tuple(objects)


@dataclass(frozen=True)
class Pick:
    """One drawn object and its inspectors, the first of whom leads."""

    object_id: str
    grade: str
    inspectors: tuple[str, ...]


def canonical(value: Any) -> bytes:
    """Will write JSON in the one way that is digested: keys sorted, no blanks, UTF-8."""
    written = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return written.encode()


def digest(value: Any) -> str:
    """Will give the SHA-256 of a JSON value in its canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def secret_digest(secret: str) -> str:
    """Will give what is published of the secret before it is used."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_seed(*, list_digest: str, secret: str, public: str) -> bytes:
    """Will bind the list, the secret and the words of the witness into one key."""
    return hashlib.sha256(
        canonical({"list": list_digest, "public": public, "secret": secret})
    ).digest()


class Stream:
    """Numbers of chance that depend on the seed and the name of the stream alone."""

    def __init__(self, seed: bytes, name: str) -> None:
        self._seed, self._name = seed, name.encode()
        self._block, self._words = 0, list[int]()

    def below(self, bound: int) -> int:
        """Will give a whole number from 0 to bound - 1, each equally likely."""
        if not 0 < bound <= 1 << _WORD_BITS:
            raise ValueError("the bound must be from 1 to 2**64")
        span = (1 << _WORD_BITS) - (1 << _WORD_BITS) % bound
        word = self._word()
        while word >= span:
            word = self._word()
        return word % bound

    def shuffled(self, items: Iterable[Item]) -> list[Item]:
        """Will give the items in an order of chance (Fisher and Yates)."""
        found = list(items)
        for last in range(len(found) - 1, 0, -1):
            other = self.below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found

    def _word(self) -> int:
        if not self._words:
            message = self._name + b"|" + str(self._block).encode()
            block = hmac.new(self._seed, message, hashlib.sha256).digest()
            self._block += 1
            self._words = [int.from_bytes(block[i : i + 8], "big") for i in (24, 16, 8, 0)]
        return self._words.pop()


def wanted_of(count: int, rate: int) -> int:
    """Will give how many of ``count`` a rate (of 10,000) asks for; a part counts as one more."""
    return min(count, -(-count * rate // WHOLE))


def short_of(frozen: Mapping[str, Any]) -> list[str]:
    """Will list the objects for which fewer inspectors remain than each object needs."""
    known = {inspector["id"] for inspector in frozen["inspectors"]}
    barred, needed = frozen["barred"], frozen["per_object"]
    return [
        item["id"]
        for item in frozen["objects"]
        if len(known) - len(known & barred.get(item["id"], {}).keys()) < needed
    ]


def effort_of(frozen: Mapping[str, Any]) -> int:
    """Will give how many draws of lots a list asks for at most: drawn objects by inspectors."""
    strata = [sum(o["grade"] == g for o in frozen["objects"]) for g in frozen["rates"]]
    wanted = sum(map(wanted_of, strata, frozen["rates"].values()))
    return len(frozen["objects"]) + wanted * len(frozen["inspectors"])


def draw(frozen: Mapping[str, Any], *, secret: str, public: str) -> list[Pick]:
    """Will draw objects grade by grade, then the inspectors of each.

    The objects of a grade are shuffled and the first ones taken. For each drawn object those
    who may check it are shuffled and the ones with the least objects so far are taken, so that
    the work is shared evenly and ties are left to chance.
    Raises: ImpossibleDraw.
    """
    short = short_of(frozen)
    if short:
        raise ImpossibleDraw(short)
    seed = make_seed(list_digest=digest(frozen), secret=secret, public=public)
    inspectors = sorted(inspector["id"] for inspector in frozen["inspectors"])
    load = dict.fromkeys(inspectors, 0)
    picks = []
    for grade, object_id in _draw_objects(frozen, seed):
        stream = Stream(seed, f"inspectors:{object_id}")
        order = stream.shuffled(_eligible(frozen, object_id, inspectors))
        chosen = sorted(order, key=lambda one: load[one])[: frozen["per_object"]]
        for one in chosen:
            load[one] += 1
        picks.append(Pick(object_id, grade, tuple(chosen)))
    return picks


def _draw_objects(frozen: Mapping[str, Any], seed: bytes) -> list[tuple[str, str]]:
    drawn = []
    for grade in sorted(frozen["rates"]):
        stratum = sorted(o["id"] for o in frozen["objects"] if o["grade"] == grade)
        order = Stream(seed, f"objects:{grade}").shuffled(stratum)
        wanted = wanted_of(len(stratum), frozen["rates"][grade])
        drawn += [(grade, object_id) for object_id in order[:wanted]]
    return drawn


def _eligible(frozen: Mapping[str, Any], object_id: str, inspectors: Sequence[str]) -> list[str]:
    barred = frozen["barred"].get(object_id, {})
    return [one for one in inspectors if one not in barred]


def as_results(picks: Sequence[Pick]) -> list[dict[str, Any]]:
    """Will give the picks as plain values, in the order drawn."""
    return [
        {"object": p.object_id, "grade": p.grade, "inspectors": list(p.inspectors)} for p in picks
    ]


def make_proof(
    frozen: Mapping[str, Any], *, secret: str, public: str, results: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Will give the file that proves a draw: all that is needed to do it again."""
    return {
        "algorithm": ALGORITHM,
        "list": dict(frozen),
        "list_digest": digest(frozen),
        "secret": secret,
        "secret_digest": secret_digest(secret),
        "public_seed": public,
        "results": [dict(row) for row in results],
        "results_digest": digest([dict(row) for row in results]),
    }


def verify(proof: Any, *, effort: int | None = None) -> list[str]:
    """Will do a draw again from its proof and list what does not agree; empty: all does.

    effort: refuse a list that asks for more than this (a page must not be held up).
    Codes: "shape" (no proof at all), "too_large", "algorithm", "list_digest", "secret_digest",
    "impossible", "results", "results_digest". Never raises, whatever the file holds.
    """
    try:
        if effort is not None and effort_of(proof["list"]) > effort:
            return ["too_large"]
        return _disagreements(proof)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        return ["shape"]


def _disagreements(proof: Any) -> list[str]:
    if proof["algorithm"] != ALGORITHM:
        return ["algorithm"]
    frozen, secret = proof["list"], proof["secret"]
    found = []
    if digest(frozen) != proof["list_digest"]:
        found.append("list_digest")
    if secret_digest(secret) != proof["secret_digest"]:
        found.append("secret_digest")
    try:
        again = as_results(draw(frozen, secret=secret, public=proof["public_seed"]))
    except ImpossibleDraw:
        return [*found, "impossible"]
    if again != proof["results"]:
        found.append("results")
    if digest(proof["results"]) != proof["results_digest"]:
        found.append("results_digest")
    return found


def main(arguments: Sequence[str]) -> int:
    """Will verify a proof file and say so on standard output; 0 where everything agrees."""
    proof = json.loads(Path(arguments[0]).read_text("utf-8"))
    problems = verify(proof)
    sys.stdout.write("OK\n" if not problems else f"DIFFERS: {', '.join(problems)}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
