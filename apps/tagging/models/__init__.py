"""Readers and tags, what tags are bound to, where they were seen, rules on that."""

from apps.tagging.models.passages import LastPlace, Passage, TagRead, UnknownTag
from apps.tagging.models.register import Batch, Binding, Reader, Tag
from apps.tagging.models.rules import ExitPass, PassageRule

__all__ = [
    "Batch",
    "Binding",
    "ExitPass",
    "LastPlace",
    "Passage",
    "PassageRule",
    "Reader",
    "Tag",
    "TagRead",
    "UnknownTag",
]
