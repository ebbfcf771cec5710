"""The dialects the product speaks: its own REST for what is heard and seen, chat completions."""

from django.utils.translation import gettext_lazy as _

from apps.assist.adapters import chat, rest
from apps.assist.enums import AssistKind
from apps.assist.registry import Dialect, register_dialect

_DIALECTS = (
    Dialect("rest-speech", _("REST 语音识别"), AssistKind.SPEECH, rest.read_speech),
    Dialect("rest-card", _("REST 证件识别"), AssistKind.CARD, rest.read_card),
    Dialect("rest-table", _("REST 表格识别"), AssistKind.TABLE, rest.read_table),
    Dialect("chat", _("对话补全接口（chat/completions）"), AssistKind.TEXT, chat.write_draft),
)


def register() -> None:
    """Will make them known."""
    for dialect in _DIALECTS:
        register_dialect(dialect)
