"""What a worker is told before being located, and in which version.

Shown on the phone before each start of duty. A changed text gets a new version, so that what
somebody agreed to can always be told. Source: Personal Information Protection Law, art. 17, 29.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERSION = "2026-1"
TEXT: tuple[Promise, ...] = (
    _("仅在您点击“上岗”至“下岗”之间收集位置，下岗后不再收集。"),
    _("位置用于巡查签到、就近派发任务和人身安全，不作其他用途。"),
    _("本区域管理人员只能看到您在岗时的最近位置；查看轨迹须填写目的并留痕，您可以查询。"),
    _("轨迹到期自动删除。您可以随时撤回同意，撤回后仍可上岗，但不再收集位置。"),
)
