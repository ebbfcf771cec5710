"""Refusals of this app, all of ``common.errors``.

Refused
├── NotOpen         the window is not open today, or the paper is not published
├── AlreadyDone     this person, link or receipt has answered or voted
├── PaperMoved      somebody else has moved it on, or it is not in that state
└── PhoneWanted     only whoever confirmed a telephone may do that
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import Refused


class NotOpen(Refused):
    """Nothing is taken now."""

    code = "opinions_not_open"

    def __init__(self) -> None:
        super().__init__(_("现在不在征集期内，不能提交"))


class AlreadyDone(Refused):
    """Once is enough."""

    code = "opinions_already_done"


class PaperMoved(Refused):
    """It is not, or no longer, in the state the deed needs."""

    code = "opinions_moved"


class PhoneWanted(Refused):
    """Nobody knows yet who that is."""

    code = "opinions_phone_wanted"

    def __init__(self) -> None:
        super().__init__(_("请先确认手机号，每个手机号只计一次"))
