"""The sensitive acts: what each needs and why. One table, shown to everybody, set by the city.

``settings.STEP_UP`` switches the whole off (a demo without telephones at hand);
``settings.STEP_UP_ACTS`` changes single acts: ``{"personal.reveal": {"level": 3, "minutes": 5}}``;
level 0 asks nothing. Source: AC-03, AC-08.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Act:
    """A sensitive act.

    level: 1 to 4, see ``levels``. minutes: how long ago that level was last proved, at most.
    method: only this method will do (a ``levels.Method`` value), "" for any of the level.
    reason: one sentence people read. is_download: the answer is a file, no page.
    """

    code: str
    label: Promise | str
    level: int
    minutes: int
    reason: Promise | str
    method: str = ""
    is_download: bool = False


ACTS = (
    Act(
        "personal.reveal",
        _("查看完整的个人信息"),
        2,
        480,
        _("市民的姓名、电话只给确有需要的本人看，每班确认一次身份。"),
    ),
    Act(
        "personal.export",
        _("导出含个人信息的表格"),
        2,
        30,
        _("表格一旦导出就离开了系统，导出前须确认是本人操作。"),
        is_download=True,
    ),
    Act(
        "definition.publish",
        _("发布规则、事项、监听或办事指南"),
        2,
        10,
        _("发布后即刻作用于全市案件，须确认是本人操作。"),
    ),
    Act(
        "rights.change",
        _("变更角色权限、岗位授权或任职"),
        2,
        10,
        _("授权决定别人能看什么、做什么，须确认是本人操作。"),
    ),
    Act(
        "credentials.reset",
        _("重置他人的密码或第二因子"),
        2,
        10,
        _("重置后可以用他人名义登录，须确认是本人操作。"),
    ),
    Act(
        "factors.change",
        _("变更自己的第二因子"),
        2,
        10,
        _("只凭密码不能更换第二因子，否则密码泄露就等于账号失守。"),
    ),
    Act(
        "secret.issue",
        _("签发对接密钥"),
        2,
        10,
        _("密钥等于一把长期有效的钥匙，须确认是本人操作。"),
    ),
    Act(
        "seal.use",
        _("申请或审批用印"),
        3,
        10,
        _("盖章等同于单位签字，须用通行密钥或数字证书确认是本人操作。"),
    ),
    Act(
        "seal.keep",
        _("审批、制作、停用或销毁印章"),
        3,
        10,
        _("印章一旦制作或销毁即有法律效力，须用通行密钥或数字证书确认是本人操作。"),
    ),
    Act(
        "sessions.end",
        _("结束他人的登录"),
        2,
        30,
        _("会打断他人正在办理的工作，须确认是本人操作。"),
    ),
)
ENTER = "application.enter"
_ENTER_REASON = _("该应用要求这样的可信等级，达到后自动回到刚才的登录。")
SIGN_ON_ACTS = tuple(
    Act(f"{ENTER}.{level}", label, level, 720, _ENTER_REASON)
    for level, label in (
        (1, _("登录接入应用")),
        (2, _("登录要求 2 级可信的应用")),
        (3, _("登录要求 3 级可信的应用")),
        (4, _("登录要求 4 级可信的应用")),
    )
)
OF_MATTER = "matter"
_MATTER_LABELS = {
    "perform": _("办理该事项的这一步"),
    "reveal": _("查看该事项案件中的个人信息"),
}
_MATTER_REASON = _("该事项的设计规定了这一步所需的可信等级，须确认是本人操作。")
_BY_CODE: Mapping[str, Act] = {act.code: act for act in (*ACTS, *SIGN_ON_ACTS)}


def act_of(code: str) -> Act:
    """Will give a sensitive act as this city, or the design of a matter, has set it.

    Raises: KeyError (no such act: a slip of the programmer, not of the person).
    """
    if code.startswith(f"{OF_MATTER}."):
        _matter, deed, level, minutes = code.split(".")
        return of_matter(deed, level=int(level), minutes=int(minutes))
    act = _BY_CODE[code]
    changed = settings.STEP_UP_ACTS.get(code)
    return replace(act, **changed) if changed else act


def entering(level: int) -> Act:
    """Will give the act of signing on to an application that asks for this level, 1 to 4.

    How high is said by the application and by who asks, not by ``settings.STEP_UP``.
    """
    return _BY_CODE[f"{ENTER}.{level}"]


def of_matter(deed: str, *, level: int, minutes: int) -> Act:
    """Will give the act of one matter's own demand. deed: "perform" or "reveal".

    The code carries the demand, so that a request that waits is judged by what it was asked.
    """
    code = f"{OF_MATTER}.{deed}.{level}.{minutes}"
    return Act(code, _MATTER_LABELS[deed], level, minutes, _MATTER_REASON)


def list_acts() -> list[Act]:
    """Will give every sensitive act as this city has set it."""
    return [act_of(act.code) for act in ACTS]


def is_on() -> bool:
    """Will tell whether sensitive acts ask for anything here."""
    return bool(settings.STEP_UP)
