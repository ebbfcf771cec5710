"""The only writers of readers, tags and passages.

readers, tags, batches, rules: what people keep. files: tags from a sheet. intake: reads taken in,
folded by passages and judged by judging. keeping: what is forgotten.
"""

from apps.tagging.services.batches import BatchSpec, save_batch
from apps.tagging.services.files import COLUMNS, import_tags
from apps.tagging.services.intake import MOST_READS, Answer, hear_readers, take_reads
from apps.tagging.services.keeping import purge
from apps.tagging.services.readers import ReaderSpec, save_reader
from apps.tagging.services.rules import RuleSpec, end_pass, give_pass, save_rule
from apps.tagging.services.tags import (
    TagSpec,
    bind_tag,
    find_tag,
    lose_tag,
    register_tag,
    register_tags,
    retire_tag,
    unbind_tag,
)

__all__ = [
    "COLUMNS",
    "MOST_READS",
    "Answer",
    "BatchSpec",
    "ReaderSpec",
    "RuleSpec",
    "TagSpec",
    "bind_tag",
    "end_pass",
    "find_tag",
    "give_pass",
    "hear_readers",
    "import_tags",
    "lose_tag",
    "purge",
    "register_tag",
    "register_tags",
    "retire_tag",
    "save_batch",
    "save_reader",
    "save_rule",
    "take_reads",
    "unbind_tag",
]
