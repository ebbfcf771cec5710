"""The only writers of assistants. keeping: settings, on and off. asking: calls. drafting: words."""

from apps.assist.services.asking import (
    Given,
    ask,
    read_card,
    read_speech,
    read_table,
    try_assistant,
)
from apps.assist.services.drafting import Draft, Source, take_draft, write_draft
from apps.assist.services.keeping import (
    ACT,
    AssistantSpec,
    ask_to_switch_on,
    save_assistant,
    switch_off,
    switch_on,
)

__all__ = [
    "ACT",
    "AssistantSpec",
    "Draft",
    "Given",
    "Source",
    "ask",
    "ask_to_switch_on",
    "read_card",
    "read_speech",
    "read_table",
    "save_assistant",
    "switch_off",
    "switch_on",
    "take_draft",
    "try_assistant",
    "write_draft",
]
