"""The library of standard actions (MT-26), by stage of a case.

``intake`` (受理, 退回补正, 补正, 咨询答复, 不予受理), ``dispatching`` (派单), ``handling``
(签收, 反馈, 审核), ``assistance`` (协办), ``countersigning`` (会签), ``returns`` (退单, 最终裁定),
``reassigning`` (改派, 收回派单),
``requests`` (延期), ``suspension`` (挂起, 恢复, 加急), ``pool`` (挂账), ``checking`` (核查),
``closing`` (回访, 办结, 评价, 重办, 作废), ``merging`` (合并, 撤销合并), ``archive`` (归档),
``oversight`` (催办, 督办, 批示, 回复, 备注, 更正), ``splitting`` (分解), ``calling`` (调用事项),
``filling`` (更正表单), ``granting`` (自动交办, 秒批, 审批决定, 汇总, 一口发证).
Importing the package fills the library.
"""

from apps.matters.actions import (
    archive,
    assistance,
    calling,
    checking,
    closing,
    countersigning,
    dispatching,
    filling,
    granting,
    handling,
    intake,
    merging,
    oversight,
    pool,
    reassigning,
    requests,
    returns,
    splitting,
    suspension,
)
from apps.matters.actions.base import Action, ActionForm, Context, get_action, known_actions

__all__ = [
    "Action",
    "ActionForm",
    "Context",
    "archive",
    "assistance",
    "calling",
    "checking",
    "closing",
    "countersigning",
    "dispatching",
    "filling",
    "get_action",
    "granting",
    "handling",
    "intake",
    "known_actions",
    "merging",
    "oversight",
    "pool",
    "reassigning",
    "requests",
    "returns",
    "splitting",
    "suspension",
]
