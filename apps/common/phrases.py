"""Putting words together as the active language does: Chinese without spaces."""

from collections.abc import Iterable

from django.utils.translation import get_language


def _is_chinese() -> bool:
    return str(get_language() or "zh").startswith("zh")


def say(label: object, condition: str) -> str:
    """Will put a fact's name before what is asked of it: "类别是“…”", "Class is “…”"."""
    return f"{label}{condition}" if _is_chinese() else f"{label} {condition}"


def series(items: Iterable[object]) -> str:
    """Will list things of one kind: "甲、乙"."""
    return ("、" if _is_chinese() else ", ").join(str(item) for item in items)


def clauses(parts: Iterable[str]) -> str:
    """Will join parts of one sentence."""
    return ("，" if _is_chinese() else ", ").join(parts)


def points(parts: Iterable[str]) -> str:
    """Will join statements that stand side by side."""
    return ("；" if _is_chinese() else "; ").join(parts)


def labelled(label: object, text: object) -> str:
    """Will put a heading before what is said under it: "分解：…", "Split: …"."""
    return f"{label}：{text}" if _is_chinese() else f"{label}: {text}"


def bracketed(text: object) -> str:
    """Will put an aside into brackets, ready to stand behind a word."""
    return f"（{text}）" if _is_chinese() else f" ({text})"


def sentences(parts: Iterable[str]) -> str:
    """Will put whole sentences one after the other."""
    return ("" if _is_chinese() else " ").join(parts)
