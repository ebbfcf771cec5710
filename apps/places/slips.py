"""Spellings one slip away from a name: a wrong, missing or extra character, or the same sound.

A name keeps a key for each character left out and one for its sound. A misspelt piece of a
text is looked up the same way; two names one slip apart share such a key. Pure functions.
"""

from functools import lru_cache

from pypinyin import lazy_pinyin

from apps.places.enums import GazetteerKind

#: What people name from memory. Plates and buildings are found through their road or estate.
SPELT = frozenset({GazetteerKind.ROAD, GazetteerKind.ESTATE, GazetteerKind.POI, GazetteerKind.STOP})
#: People leave out the whole ending of a road: 海泊12号 is 海泊大道12号.
LONG_ENDINGS = ("大道", "大街", "胡同")
SHORTEST, LONGEST = 3, 12


def slip_keys(key: str) -> set[str]:
    """Will give the keys under which a name in clean form is found despite one slip."""
    if not SHORTEST <= len(key) <= LONGEST:
        return {key} if len(key) == SHORTEST - 1 else set()
    left_out = {key[:i] + key[i + 1 :] for i in range(len(key))}
    stems = {key.removesuffix(ending) for ending in LONG_ENDINGS}
    return {key, *left_out, *stems, sound(key)}


@lru_cache(maxsize=20_000)
def sound(key: str) -> str:
    """Will give how a name sounds, marked so that it is never taken for letters: ~hai po lu."""
    return "~" + " ".join(lazy_pinyin(key))


def is_one_slip(said: str, name: str) -> bool:
    """Will tell whether one character is wrong, missing or extra, or two are swapped."""
    if any(name == said + ending for ending in LONG_ENDINGS):
        return True
    if said == name or abs(len(said) - len(name)) > 1:
        return False
    if len(said) == len(name):
        wrong = [i for i in range(len(said)) if said[i] != name[i]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            one, other = wrong
            return said[one] == name[other] and said[other] == name[one]
        return len(wrong) == 1
    short, long = sorted((said, name), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
