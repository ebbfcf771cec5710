"""Applications of the demo city: links everybody sees, one that signs on, one that waits."""

from django.conf import settings

from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange, Organization, User
from apps.common.errors import InvalidInput
from apps.demo import directory
from apps.demo.world import CENTER, TENANT
from apps.signon import services
from apps.signon.enums import CheckItem
from apps.signon.services import ApplicationData

_LINKS = (
    ApplicationData(
        name="市民服务网站",
        mode="page",
        description="市民看到的页面：诉求、进度、结果公开",
        icon="world",
        position=10,
        start_url="/citizen/",
    ),
    ApplicationData(
        name="办事大厅",
        mode="page",
        description="办事指南与网上申报",
        icon="building",
        position=20,
        start_url="/guides/",
    ),
)
_OFFICE = ApplicationData(
    name="公文流转（模拟）",
    mode="sso",
    description="市级公文系统，凭本市账号登录",
    icon="file-text",
    position=30,
    scopes=("openid", "profile", "organization"),
    redirect_uris=("https://oa.city.example/oidc/callback",),
    post_logout_uris=("https://oa.city.example/",),
    minimum_level=2,
)
_WAITING = ApplicationData(
    name="城管执法终端（模拟）",
    mode="sso",
    description="执法人员手机应用",
    icon="truck",
    position=40,
    is_public=True,
    allows_device=True,
    redirect_uris=("https://mobile.city.example/callback",),
)


_NOTES = {
    CheckItem.CONTACT: "系统责任单位综合科，值班电话见通讯录（虚构）",
    CheckItem.ADDRESS: "运行保障科从政务外网打开过入口和回调地址（虚构）",
    CheckItem.FILED: "第二级，备案编号 99010100001-24001，年内已测评（虚构）",
    CheckItem.PERSONAL: "姓名、单位和岗位，用于公文流转，随公文保存（虚构）",
    CheckItem.ACCOUNTS: "按登录名对应，由运行保障科增减（虚构）",
    CheckItem.EMERGENCY: "停用前一天通知责任单位，期间走纸质流程（虚构）",
    CheckItem.ACCEPTED: "联调通过，同意接入（虚构）",
}


def load_signon() -> int:
    """Will register four applications, three of them live, and give their number."""
    keeper, guard = (
        User.objects.get(username=name, tenant__code=TENANT) for name in ("sysadmin1", "secadmin1")
    )
    owner = Organization.objects.get(code=CENTER, tenant__code=TENANT)
    for data in (*_LINKS, _OFFICE):
        row = services.apply_for(keeper, owner=owner, data=data, reason="按统一身份接入方案登记")
        held = HeldChange.objects.get(subject_type="signon.application", subject_id=row.pk)
        approvals.approve_change(guard, change_id=held.pk, digest=held.digest)
        if data is _OFFICE:
            services.issue_secret(keeper, application_id=row.pk)
        for item in row.asked:
            services.settle_item(keeper, application_id=row.pk, item=item, note_text=_NOTES[item])
        services.go_live(keeper, application_id=row.pk)
        if data is _OFFICE:
            _push(keeper, guard, row.pk)
    waiting = services.apply_for(keeper, owner=owner, data=_WAITING, reason="执法终端改用统一登录")
    contact = CheckItem.CONTACT
    services.settle_item(keeper, application_id=waiting.pk, item=contact, note_text=_NOTES[contact])
    return len(_LINKS) + 2


def _push(keeper: User, guard: User, application_id: int) -> None:
    """Tells the people of the city to the simulated system; nothing where calls are not allowed."""
    try:
        services.set_push(
            keeper,
            application_id=application_id,
            base_url=settings.DEMO_DIRECTORY,
            token=directory.token(),
        )
    except InvalidInput:
        return
    held = services.ask_to_push(keeper, application_id=application_id, reason="公文系统须先有账号")
    approvals.approve_change(guard, change_id=held.pk, digest=held.digest)
