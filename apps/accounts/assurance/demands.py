"""The question other apps ask before something sensitive, and its one-sentence refusal.

``require(request, "definition.publish")`` stands in a view before anything is written. Raised
in a page, ``StepUpMiddleware`` keeps the request and leads to the confirmation; raised in a
REST view, the client gets a problem document with the demand.
"""

from typing import Any

from allauth.core import context
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.assurance import acts
from apps.accounts.assurance.acts import Act
from apps.accounts.assurance.levels import (
    Assurance,
    Method,
    best_level,
    level_of,
    methods_for,
    minutes_since,
)
from apps.accounts.models import PhoneFactor, User
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.common.phrases import series


class StepUpRequired(NotAllowed):
    """The session is too low or too old for this act."""

    code = "step_up_required"

    def __init__(self, act: Act, assurance: Assurance, user: User) -> None:
        super().__init__(sentence(act, assurance, user), data=_told(act, assurance, user))
        self.act = act


def require(request: HttpRequest, code: str) -> None:
    """Will let the request pass if its session has proved enough, lately enough.

    code: of a sensitive act. Somebody who has not signed in passes: the view asks that itself,
    and API clients prove themselves by signed keys. Writes nothing.

    Raises: StepUpRequired.
    """
    user = request.user
    if not acts.is_on() or not isinstance(user, User) or _by_key(request):
        return
    act = acts.act_of(code)
    if act.level <= 0:
        return
    assurance = level_of(request)
    if not assurance.satisfies(act, clock.now()):
        raise StepUpRequired(act, assurance, user)


def require_here(actor: object, act: Act) -> None:
    """Will ask the same in a service, of the person whose request runs just now.

    Nobody is asked where no request runs (a worker), where somebody else acts than sits there
    (the system, a reporter), and where a program calls by its key. A page that shows the
    refusal in its own way is led to the confirmation all the same: see ``StepUpMiddleware``.

    Raises: StepUpRequired.
    """
    request = context.request
    if request is None or not acts.is_on() or act.level <= 0 or _by_key(request):
        return
    user = request.user
    if not isinstance(user, User) or not isinstance(actor, User) or actor.pk != user.pk:
        return
    assurance = level_of(request)
    if not assurance.satisfies(act, clock.now()):
        request.step_up_demand = StepUpRequired(act, assurance, user)
        raise request.step_up_demand


def sentence(act: Act, assurance: Assurance, user: User) -> str:
    """Will say what is needed, what there is, and what to do, in one sentence."""
    needed = _("“%(act)s”需要 %(level)s 级可信等级，并在%(span)s内验证过") % {
        "act": act.label,
        "level": act.level,
        "span": span(act.minutes),
    }
    return _("%(needed)s；%(there)s，%(todo)s。") % {
        "needed": needed,
        "there": standing(assurance),
        "todo": _todo(act, user),
    }


def standing(assurance: Assurance) -> str:
    """Will say in words what the session has proved."""
    if not assurance.uses:
        return _("本次登录没有可用的验证记录")
    best = max(assurance.uses, key=lambda use: (use.level, use.at))
    told = {"method": best.method.label, "level": best.level}
    if not (minutes := minutes_since(best.at)):
        return _("您刚刚用%(method)s验证，为 %(level)s 级") % told
    return _("您在%(span)s前用%(method)s验证，为 %(level)s 级") % (told | {"span": span(minutes)})


def span(minutes: int) -> str:
    """Will say a length of time in words, with the space a number needs."""
    if minutes < 60 or minutes % 60:
        return ngettext(" %(n)s 分钟", " %(n)s 分钟", minutes) % {"n": minutes}
    return ngettext(" %(n)s 小时", " %(n)s 小时", minutes // 60) % {"n": minutes // 60}


def _todo(act: Act, user: User) -> str:
    if methods := methods_for(act, user):
        names = [str(m.label) for m in Method if m in methods]
        return _("请用%(methods)s确认身份") % {"methods": series(names)}
    if act.level > best_level(user.proofing_level):
        return _("您的身份尚未当面核验，请先联系安全管理员")
    if PhoneFactor.objects.filter(user=user).exists():
        return _("短信验证码只算 1 级，请先登记动态口令、通行密钥或数字证书")
    return _("您还没有合适的第二因子，请先登记")


def _told(act: Act, assurance: Assurance, user: User) -> dict[str, Any]:
    return {
        "act": act.code,
        "level": act.level,
        "minutes": act.minutes,
        "methods": sorted(methods_for(act, user)),
        "present_level": assurance.level,
    }


def _by_key(request: HttpRequest) -> bool:
    """An API client acts by its key, through a service account that never signs in."""
    return getattr(request, "auth", None) is not None
