"""Refusals of this app, all of ``common.errors``.

Refused
├── NotInHand     the call-back is not, or no longer, the agent's
└── LinkSpent     the address was used, or is too old
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import Refused


class NotInHand(Refused):
    """Somebody else has the call-back, or it went back to the pool."""

    code = "callback_not_in_hand"

    def __init__(self) -> None:
        super().__init__(_("此回访不在您手中，可能已超时收回或改派，请重新领取"))


class LinkSpent(Refused):
    """The citizen's address does not work any more."""

    code = "callback_link_spent"

    def __init__(self) -> None:
        super().__init__(_("此链接已使用或已过期"))
