"""What is offered outside: written by those who keep it, audited with before and after."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import forms_data
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.georeport.enums import AnswerKind
from apps.georeport.models import OpenService
from apps.georeport.permissions import require_manager
from apps.georeport.selectors import DATATYPES
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.registry import extension_of
from apps.matters.selectors import get_open_matter

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_STATED = (
    "code",
    "class_code",
    "name",
    "description",
    "group",
    "keywords",
    "answer",
    "takes_anonymous",
    "is_public",
    "is_place_public",
    "questions",
    "presets",
    "is_active",
)
MOST_QUESTIONS, MOST_KEYWORDS = 20, 20


@dataclass(frozen=True)
class ServiceSpec:
    """A class as it shall be offered; see ``models.OpenService`` for the meaning.

    questions: entries of a form definition; only types the standard can ask.
    """

    code: str
    class_code: str
    name: str
    description: str = ""
    group: str = ""
    keywords: Sequence[str] = ()
    answer: str = AnswerKind.REALTIME
    takes_anonymous: bool = True
    is_public: bool = True
    is_place_public: bool = False
    questions: Sequence[Mapping[str, Any]] = ()
    presets: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def save_service(
    actor: Actor, *, tenant: Tenant, spec: ServiceSpec, service_id: int | None = None
) -> OpenService:
    """Will offer a class outside, or change how it is offered; audited, unchanged is silent.

    service_id: of the one to change, which is locked. Its code stays as soon as somebody
    reported by it.
    Raises: NotAllowed; NotFound; Refused (the code is in use outside); InvalidInput (code,
        class_code, name, keywords, questions).
    """
    if isinstance(actor, User):
        require_manager(actor, tenant.pk)
    service = _locked(tenant, service_id) if service_id is not None else OpenService(tenant=tenant)
    _check(spec)
    if service.pk and service.code != spec.code and service.reports.exists():
        raise Refused(_("已有上报使用这个服务代码，不能更改"), code="code_in_use")
    before = audit.snapshot(service, *_STATED)
    for name in _STATED:
        if hasattr(spec, name):
            setattr(service, name, getattr(spec, name))
    service.keywords = list(dict.fromkeys(spec.keywords))
    service.questions = {"fields": [dict(each) for each in spec.questions]}
    service.presets = dict(spec.presets)
    try:
        with transaction.atomic():
            service.save()
    except IntegrityError as error:
        taken = "class_code" if "class" in str(error) else "code"
        raise InvalidInput(_("已有开放类别使用它"), field=taken) from error
    _record(actor, service, before)
    return service


@transaction.atomic
def set_service_open(actor: User, *, service_id: int, is_active: bool) -> OpenService:
    """Will take a class out of what is offered, or back in; audited, unchanged is silent.

    Locks the service. Raises: NotAllowed; NotFound.
    """
    service = OpenService.objects.select_for_update().filter(pk=service_id).first()
    if service is None:
        raise NotFound(_("没有这个开放类别"))
    require_manager(actor, service.tenant_id)
    before = audit.snapshot(service, *_STATED)
    service.is_active = is_active
    service.save(update_fields=["is_active"])
    _record(actor, service, before)
    return service


def _locked(tenant: Tenant, service_id: int) -> OpenService:
    found = OpenService.objects.select_for_update().filter(pk=service_id, tenant=tenant).first()
    if found is None:
        raise NotFound(_("没有这个开放类别"))
    return found


def _check(spec: ServiceSpec) -> None:
    if not _CODE.fullmatch(spec.code):
        raise InvalidInput(_("代码只能用字母、数字、短横线和下划线"), field="code")
    if not spec.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    if spec.class_code not in dict(extension_of(MATTER_TYPE).class_choices()):
        raise InvalidInput(_("没有这个诉求分类：%s") % spec.class_code, field="class_code")
    if len(spec.keywords) > MOST_KEYWORDS or any("," in word for word in spec.keywords):
        raise InvalidInput(_("关键词最多 20 个，不能含逗号"), field="keywords")
    _check_questions(spec)


def _check_questions(spec: ServiceSpec) -> None:
    if len(spec.questions) > MOST_QUESTIONS:
        raise InvalidInput(_("附加问题最多 20 个"), field="questions")
    problems = forms_data.check_definition({"fields": [dict(each) for each in spec.questions]})
    problems += [
        _("接口标准不能问这种类型：%s") % each["type"]
        for each in spec.questions
        if each.get("type") not in DATATYPES
    ]
    version = get_open_matter(MATTER_TYPE).current_version
    form = version.body.get("form", {}) if version is not None else {}
    known = {entry["name"] for entry in form.get("fields", [])}
    problems += [
        _("事项表单里已有这个字段：%s") % each["name"]
        for each in spec.questions
        if each.get("name") in known
    ]
    if problems:
        raise InvalidInput(problems[0], field="questions")
    if unknown := set(spec.presets) - {each["name"] for each in spec.questions}:
        raise InvalidInput(_("没有这个附加问题：%s") % min(unknown), field="questions")
    if spec.presets:  # a value the server gives must be one it would take
        given = [each for each in spec.questions if each["name"] in spec.presets]
        forms_data.clean({"fields": given}, dict(spec.presets))


def _record(actor: Actor, service: OpenService, before: Mapping[str, Any]) -> None:
    changed = audit.changes(before, audit.snapshot(service, *_STATED))
    if before and not changed.get("after"):
        return
    audit.record(
        actor,
        "georeport.service_changed" if before else "georeport.service_offered",
        object_type="georeport.service",
        object_id=service.pk,
        object_label=service.name,
        data={"code": service.code, **changed},
    )
