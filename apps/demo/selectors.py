"""What the demo shows of itself."""

from dataclasses import dataclass

from apps.accounts.models import Appointment, Role
from apps.demo.models import DemoLoad
from apps.demo.world import TENANT

#: Where each role begins its day.
START_PAGES = {
    "acceptor": "/hotline/desk/",
    "dispatcher": "/cases/queue/routing/",
    "department_staff": "/cases/queue/unit/",
    "department_head": "/cases/queue/unit/",
    "callback_clerk": "/callbacks/next/",
    "callback_lead": "/callbacks/",
    "supervisor": "/cases/queue/oversight/",
    "leader": "/cases/queue/all/",
    "grid_worker": "/m/",
    "grid_leader": "/fieldwork/patrols/",
    "grid_keeper": "/places/cells/",
    "knowledge_editor": "/hotline/knowledge/",
    "knowledge_approver": "/hotline/knowledge/",
    "text_keeper": "/hotline/learning/",
    "text_releaser": "/hotline/learning/",
    "system_admin": "/people/",
    "security_admin": "/people/approvals/",
    "audit_admin": "/audit/",
    "window_clerk": "/guides/office/applications/",
    "guide_editor": "/guides/office/plans/questions/",
    "guide_publisher": "/guides/office/",
    "rule_author": "/rules/",
    "rule_publisher": "/rules/",
    "inspection_planner": "/inspection/plans/",
    "inspection_runner": "/inspection/plans/",
    "inspector": "/inspection/checks/",
    "personnel_clerk": "/personnel/leavings/",
    "personnel_approver": "/personnel/joinings/",
    "resident_clerk": "/residents/",
    "registry_keeper": "/registry/",
    "governance_clerk": "/governance/situation/",
    "alarm_operator": "/alarms/",
    "alarm_keeper": "/alarms/rules/",
    "device_operator": "/devices/commands/",
    "siting_planner": "/siting/",
    "siting_approver": "/siting/",
    "product_keeper": "/products/",
    "video_operator": "/video/",
    "video_keeper": "/video/",
    "video_approver": "/video/requests/",
    "media_keeper": "/video/media/",
    "picture_checker": "/video/diagnosis/",
    "analysis_keeper": "/video/analysis/",
    "algorithm_keeper": "/algorithms/",
    "algorithm_publisher": "/algorithms/",
    "monitor_watcher": "/monitoring/",
    "monitor_keeper": "/monitoring/",
    "ops_reporter": "/ops/report/",
    "ops_manager": "/ops/orders/",
    "maintainer": "/ops/orders/",
    "vendor_maintainer": "/ops/orders/",
    "appraisal_manager": "/appraisal/",
    "appraisal_publisher": "/appraisal/",
    "appraisal_vendor": "/appraisal/",
    "runbook_keeper": "/upkeep/runbooks/",
    "channel_keeper": "/messages/accounts/",
    "shift_leader": "/callcentre/",
    "quality_inspector": "/callcentre/inspections/",
    "seal_applicant": "/seals/",
    "seal_approver": "/seals/uses/?state=waiting",
    "seal_keeper": "/seals/",
    "seal_user": "/seals/uses/",
}


@dataclass(frozen=True)
class Account:
    """Somebody to sign in as."""

    role: str
    login: str
    name: str
    unit: str
    start: str


def find_load() -> DemoLoad | None:
    """Will give how far the demo city is loaded, or None."""
    return DemoLoad.objects.first()


def list_accounts() -> list[Account]:
    """Will give the first person of every role, in the order of a case's way."""
    found = []
    order = list(START_PAGES)
    for role in sorted(Role.objects.filter(code__in=order), key=lambda r: order.index(r.code)):
        first = (
            Appointment.objects.filter(
                post__roles=role, post__organization__tenant__code=TENANT, is_primary=True
            )
            .select_related("user", "post__organization")
            .order_by("user_id")
            .first()
        )
        if first is not None:
            user, unit = first.user, first.post.organization.name
            start = START_PAGES[role.code]
            found.append(Account(role.name, user.username, user.full_name, unit, start))
    return found
