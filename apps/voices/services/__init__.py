"""The writers: groups of voices, the nightly scan, topics."""

from apps.voices.services.groups import (
    RELAY,
    follow_merging,
    group_question,
    join,
    leave,
    prepared_answer,
    relay,
    save_answer,
)
from apps.voices.services.phrases import add_stop_phrase, drop_stop_phrase
from apps.voices.services.scanning import cases_of_spot, scan_day
from apps.voices.services.topics import (
    archive_topics,
    close_topic,
    confirm_topic,
    dismiss_topic,
    follow_early,
    make_case,
    raise_topics,
    scan_all,
)

__all__ = [
    "RELAY",
    "add_stop_phrase",
    "archive_topics",
    "cases_of_spot",
    "close_topic",
    "confirm_topic",
    "dismiss_topic",
    "drop_stop_phrase",
    "follow_early",
    "follow_merging",
    "group_question",
    "join",
    "leave",
    "make_case",
    "prepared_answer",
    "raise_topics",
    "relay",
    "save_answer",
    "scan_all",
    "scan_day",
]
