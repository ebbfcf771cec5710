"""Clauses of GB/T 22239-2019, level three, that an application can answer for.

In our own short words; the letters are those of the standard under 8.1.4 (computing
environment), and 8.1.5 is the management centre. Each names the checks that answer it; one
without checks is answered by a person, with a note and the next date. Source: CL-01.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Clause:
    """One clause. number: as the standard counts it. checks: codes of ``common.selfchecks``.

    needs_person: a person must add their word even where the checks are content.
    """

    code: str
    group: Promise | str
    number: str
    text: Promise | str
    checks: tuple[str, ...] = ()
    needs_person: bool = False


_WHO, _RIGHTS, _AUDIT = _("身份鉴别"), _("访问控制"), _("安全审计")
_INTRUSION, _MALWARE, _TRUSTED = _("入侵防范"), _("恶意代码防范"), _("可信验证")
_INTEGRITY, _SECRECY, _BACKUP = _("数据完整性"), _("数据保密性"), _("数据备份恢复")
_REMAINS, _PERSONAL, _CENTRE = _("剩余信息保护"), _("个人信息保护"), _("安全管理中心")

CLAUSES = (
    Clause(
        "who-a", _WHO, "8.1.4 a)", _("身份唯一，口令复杂并定期更换"),
        ("accounts.passwords", "accounts.first-password"),
    ),
    Clause(
        "who-b", _WHO, "8.1.4 b)", _("登录失败有处理，闲置自动退出"),
        ("accounts.lock", "accounts.idle"),
    ),
    Clause(
        "who-c", _WHO, "8.1.4 c)", _("鉴别信息传输时不被窃听"),
        ("platform.transport", "platform.cookies"),
    ),
    Clause(
        "who-d", _WHO, "8.1.4 d)", _("两种以上鉴别，其一用密码技术"),
        ("accounts.factor", "accounts.step-up"),
    ),
    Clause(
        "rights-a", _RIGHTS, "8.1.4 a)-c)", _("分配账号和权限，无默认、多余、过期账号"),
        ("accounts.first-password", "accounts.dormant", "accounts.superusers"),
    ),
    Clause(
        "rights-d", _RIGHTS, "8.1.4 d)", _("最小权限，管理权限分离"),
        ("accounts.separation", "accounts.two-persons"),
    ),
    Clause(
        "rights-e", _RIGHTS, "8.1.4 e)-f)", _("由授权主体设定策略，控制到人和记录、字段"),
        (), needs_person=True,
    ),
    Clause("rights-g", _RIGHTS, "8.1.4 g)", _("主体和客体的安全标记"), (), needs_person=True),
    Clause(
        "audit-a", _AUDIT, "8.1.4 a)-c)", _("覆盖每个用户，记录完整并受保护、备份"),
        ("audit.written", "audit.protected", "audit.owner", "evidence.archive"),
    ),
    Clause(
        "audit-d", _AUDIT, "8.1.4 d)", _("审计进程不被中断"),
        ("audit.sealed", "evidence.watching"),
    ),
    Clause(
        "intrusion", _INTRUSION, "8.1.4", _("校验输入，限制访问来源，入侵时告警"),
        ("platform.csp", "platform.outgoing", "platform.debug", "evidence.alarms"),
    ),
    Clause(
        "weakness", _INTRUSION, "8.1.4", _("发现已知漏洞并及时修补"),
        ("evidence.findings",), needs_person=True,
    ),
    Clause(
        "malware", _MALWARE, "8.1.4", _("识别并阻断恶意代码"),
        ("platform.uploads",), needs_person=True,
    ),
    Clause(
        "trusted", _TRUSTED, "8.1.4", _("程序和重要参数的可信验证"), (), needs_person=True
    ),
    Clause(
        "integrity", _INTEGRITY, "8.1.4", _("传输和存储的完整性可核验"),
        ("platform.transport", "evidence.checkpoint", "evidence.verified", "evidence.outside"),
    ),
    Clause(
        "secrecy", _SECRECY, "8.1.4", _("传输和存储的重要数据加密"),
        ("platform.transport", "platform.key"), needs_person=True,
    ),
    Clause(
        "backup", _BACKUP, "8.1.4", _("本地和异地备份，可恢复，热冗余"),
        ("platform.backup", "platform.disk"), needs_person=True,
    ),
    Clause(
        "remains", _REMAINS, "8.1.4", _("鉴别信息和敏感数据释放前清除"),
        ("platform.cookies", "accounts.idle"),
    ),
    Clause(
        "personal", _PERSONAL, "8.1.4", _("只采集必需的个人信息，禁止越权访问"),
        ("evidence.reveals",), needs_person=True,
    ),
    Clause(
        "centre-system", _CENTRE, "8.1.5", _("系统管理员经鉴别、经专门界面，操作受审计"),
        ("accounts.separation", "accounts.factor"),
    ),
    Clause(
        "centre-audit", _CENTRE, "8.1.5", _("审计管理员集中分析和处理审计记录"),
        ("evidence.watching", "evidence.alarms"),
    ),
    Clause(
        "centre-security", _CENTRE, "8.1.5", _("安全管理员专职，集中配置安全策略"),
        ("accounts.separation",), needs_person=True,
    ),
    Clause(
        "centre-control", _CENTRE, "8.1.5", _("集中监测运行状况，告警集中处理"),
        ("audit.written", "platform.disk"), needs_person=True,
    ),
)  # fmt: skip

BY_CODE: Mapping[str, Clause] = {clause.code: clause for clause in CLAUSES}
