"""What this app knows about the safety of the log, for the board of clauses."""

from datetime import timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.audit.models import AuditEntry, AuditSeal
from apps.common import clock
from apps.common.phrases import series
from apps.common.selfchecks import Answer, Check, judge, register

PROTECTED = ("audit_auditentry", "audit_auditseal", "audit_sealedleaves")
LAG_MOST = timedelta(minutes=10)
_RIGHTS = """
SELECT current_user, t.name,
       pg_has_role(current_user, c.relowner, 'USAGE') AS owns,
       has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')
           OR has_table_privilege(c.oid, 'TRUNCATE') AS may_change,
       (SELECT count(*) FROM pg_trigger g
         WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A')
           AND g.tgtype & 24 = 24) AS triggers  -- fires on DELETE (8) and UPDATE (16)
  FROM unnest(%s::text[]) AS t(name) JOIN pg_class c ON c.oid = t.name::regclass
"""


def register_all() -> None:
    """Will make the checks of the log known."""
    for code, label, run in (
        ("audit.written", gettext_lazy("审计持续记录"), is_written),
        ("audit.sealed", gettext_lazy("审计按时封存"), is_sealed),
        ("audit.protected", gettext_lazy("审计表不可改动"), is_protected),
        ("audit.owner", gettext_lazy("应用账号不拥有审计表"), is_not_owner),
    ):
        register(Check(code, label, run))


def is_written() -> Answer:
    since = clock.now() - timedelta(days=1)
    count = AuditEntry.objects.filter(at__gte=since).count()
    return judge(count > 0, _("近24小时写入 %d 条审计记录") % count, otherwise="partly")


def is_sealed() -> Answer:
    last = AuditSeal.objects.order_by("-number").first()
    behind = AuditEntry.objects.filter(pk__gt=last.last_id if last else 0)
    oldest = behind.filter(at__lt=clock.now() - LAG_MOST).count()
    if last is None:
        return judge(not oldest, _("尚未封存；%d 条记录已等待超过10分钟") % oldest)
    text = _("已封存至第 %(number)d 号；%(count)d 条记录等待超过10分钟") % {
        "number": last.number,
        "count": oldest,
    }
    return judge(not oldest, text)


def is_protected() -> Answer:
    bare = [name for _user, name, _owns, _may, triggers in _rights() if not triggers]
    if bare:
        return Answer("not", _("以下表的保护已被停用：%s") % series(bare))
    return Answer("fulfilled", _("修改、删除均被数据库拒绝（%d 张表）") % len(PROTECTED))


def is_not_owner() -> Answer:
    """A table's owner can switch its triggers off; the processes need not be its owner."""
    found = _rights()
    user = found[0][0]
    open_tables = [name for _user, name, owns, may_change, _triggers in found if owns or may_change]
    if open_tables:
        text = _("数据库账号 %(user)s 可改动 %(tables)s；请按运维手册改用非属主账号")
        return Answer("partly", text % {"user": user, "tables": series(open_tables)})
    return Answer("fulfilled", _("数据库账号 %s 只能追加和读取审计表") % user)


def _rights() -> list[tuple[str, str, bool, bool, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS, [list(PROTECTED)])
        return list(cursor.fetchall())
