"""Plain facts about Chinese text: one form for comparing, runs of characters, bigrams."""

import re
import unicodedata

# Characters written without spaces: Han with its extensions and 〇, kana, hangul.
CJK = "\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{CJK}]+|(?:(?![{CJK}])\w)+")
_IS_CJK = re.compile(rf"[{CJK}]")


def normalise(text: str) -> str:
    """Will give the form in which texts are compared: full-width folded, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> list[tuple[str, int, int]]:
    """Will cut normalised text into (run, start, end): all CJK, or all letters and digits."""
    return [(m.group(), m.start(), m.end()) for m in _RUN.finditer(text)]


def is_cjk(run: str) -> bool:
    """Will tell whether a run is of characters written without spaces."""
    return bool(_IS_CJK.match(run))


def bigrams(text: str) -> list[str]:
    """Will give the overlapping bigrams of CJK runs and the other runs whole."""
    found: list[str] = []
    for run, _start, _end in runs(normalise(text)):
        if is_cjk(run) and len(run) > 1:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(run)
    return found
