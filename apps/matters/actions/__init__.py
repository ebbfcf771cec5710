"""The library of standard actions (MT-26), by stage of a case.

``intake`` (受理, 退回补正, 补正, 咨询答复, 不予受理), ``dispatching`` (派单), ``handling``
(签收, 反馈), ``requests`` (退单, 延期 and their rulings), ``closing`` (回访, 办结, 评价, 重办,
作废), ``oversight`` (催办, 督办, 回复, 备注, 更正), ``splitting`` (分解), ``calling``
(调用事项), ``filling`` (更正表单), ``granting`` (自动交办, 秒批, 审批决定, 汇总, 一口发证).
Importing the package fills the library.
"""

from apps.matters.actions import (
    calling,
    closing,
    dispatching,
    filling,
    granting,
    handling,
    intake,
    oversight,
    requests,
    splitting,
)
from apps.matters.actions.base import Action, ActionForm, Context, get_action, known_actions

__all__ = [
    "Action",
    "ActionForm",
    "Context",
    "calling",
    "closing",
    "dispatching",
    "filling",
    "get_action",
    "granting",
    "handling",
    "intake",
    "known_actions",
    "oversight",
    "requests",
    "splitting",
]
