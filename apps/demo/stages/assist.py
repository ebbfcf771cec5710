"""The city's own services for speech, cards and drafts, as the stand-in speaks them.

Where it runs (``settings.DEMO_STATIONS``, ``manage.py assistants``) they are on, agreed to by the
two administrators; elsewhere they stand there off, as a new city has them.
"""

from datetime import datetime, timedelta

from django.conf import settings

from apps.accounts.approvals import services as approvals
from apps.accounts.models import Organization, Tenant, User
from apps.assist.models import Assistant
from apps.assist.services import AssistantSpec, ask_to_switch_on, save_assistant
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.demo.assistants import HOME, PORT, SECRET
from apps.demo.world import CENTER, TENANT

#: Name, dialect, model, what for.
SERVICES = (
    ("本地语音识别（模拟）", "rest-speech", "", "坐席和网格员口述诉求，减少打字"),
    ("本地证件识别（模拟）", "rest-card", "", "核对来访群众身份信息，减少录入错误"),
    ("本地表格识别（模拟）", "rest-table", "", "把手写或打印的清单录成电子表，逐行核对后导入"),
    ("本地语言模型（模拟）", "chat", "demo-1", "依据知识条目起草答复，由坐席修改后使用"),
)


def load_assist(*, until: datetime) -> int:
    """Will register them, and switch them on where the stand-in runs. Gives how many there are.

    Where calls to this machine are not listed none is registered.
    """
    keeper = User.objects.get(username="sysadmin1", tenant__code=TENANT)
    checker = User.objects.get(username="secadmin1", tenant__code=TENANT)
    tenant = Tenant.objects.get(code=TENANT)
    unit = tenant.organizations.get(code="demo-operations")
    with clock.at(until - timedelta(hours=3)):
        for name, dialect, model, purpose in SERVICES:
            spec = AssistantSpec(
                unit=unit, name=name, dialect=dialect, address=f"http://{HOME}:{PORT}",
                purpose=purpose, units=_users(tenant, unit), model=model, secret=SECRET,
            )  # fmt: skip
            try:
                made = save_assistant(keeper, spec=spec)
            except InvalidInput as error:
                if error.field == "address":
                    return 0
                raise
            if settings.DEMO_STATIONS:
                why = "服务部署在本市机房，已做个人信息保护影响评估（虚构）"
                held = ask_to_switch_on(keeper, assistant_id=made.pk, reason=why)
                approvals.approve_change(checker, change_id=held.pk, digest=held.digest)
    return Assistant.objects.count()


def _users(tenant: Tenant, keeper: Organization) -> list[Organization]:
    """The centre, and whatever else stands on its ground and has nobody above it."""
    center = tenant.organizations.get(code=CENTER)
    ground = keeper.area.path if keeper.area is not None else None
    tops = tenant.organizations.filter(parent=None).select_related("area").order_by("path")
    return [
        one for one in tops
        if one == center
        or (ground is not None and one.area is not None and one.area.path.startswith(ground))
    ]  # fmt: skip
