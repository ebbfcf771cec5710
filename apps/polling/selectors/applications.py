"""Applications of edge nodes, their versions, where they run, what was ordered."""

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.polling.enums import InstallState
from apps.polling.models import EdgeApplication, EdgeInstall, EdgeNode, EdgeRelease, EdgeRollout
from apps.polling.permissions import reach_q


def list_applications(
    viewer: User, *, text: str = "", state: str = ""
) -> QuerySet[EdgeApplication]:
    """Will list the applications in the viewer's reach with on how many nodes they shall run.

    text: part of the name, or begin of the code. state: "failed" or "waiting" somewhere, or "".
    """
    found = EdgeApplication.objects.select_related("unit", "area").defer("area__boundary")
    found = found.filter(reach_q(viewer))
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__startswith=text))
    if state in (InstallState.FAILED, InstallState.WAITING):
        found = found.filter(installs__state=state)
    wanted = Q(installs__wanted__isnull=False)
    return found.annotate(
        nodes=Count("installs", filter=wanted, distinct=True),
        running=Count(
            "installs",
            filter=Q(
                installs__state=InstallState.RUNNING,
                installs__running=F("installs__wanted__version"),
            ),
            distinct=True,
        ),
        failed=Count("installs", filter=Q(installs__state=InstallState.FAILED), distinct=True),
    ).order_by("code")


def get_application(viewer: User, *, pk: int) -> EdgeApplication:
    """Raises: NotFound (no such application, or not for this viewer)."""
    application = list_applications(viewer).filter(pk=pk).first()
    if application is None:
        raise NotFound(_("没有这个边缘应用"))
    return application


def releases_of(application: EdgeApplication) -> QuerySet[EdgeRelease]:
    """Will list the versions, the newest first, with on how many nodes each shall run."""
    counted = Count("application__installs", filter=Q(application__installs__wanted=F("pk")))
    found = application.releases.select_related("added_by").annotate(nodes=counted)
    return found.order_by("-added_at", "-pk")


def get_release(application: EdgeApplication, *, pk: int) -> EdgeRelease:
    """Raises: NotFound (no such version of this application)."""
    release = application.releases.filter(pk=pk).first()
    if release is None:
        raise NotFound(_("没有这个版本"))
    return release


def nodes_for(
    viewer: User, application: EdgeApplication
) -> list[tuple[EdgeNode, EdgeInstall | None]]:
    """Will give the viewer's nodes in use, each with its install of the application, if any."""
    nodes = EdgeNode.objects.filter(reach_q(viewer), is_active=True).select_related("unit", "area")
    installs = {
        install.node_id: install for install in application.installs.select_related("wanted")
    }
    return [
        (node, installs.get(node.pk)) for node in nodes.defer("area__boundary").order_by("code")
    ]


def rollouts_of(viewer: User, application: EdgeApplication) -> QuerySet[EdgeRollout]:
    """Will list what was ordered for the viewer's nodes, the newest first."""
    mine = EdgeNode.objects.filter(reach_q(viewer))
    found = EdgeRollout.objects.filter(install__application=application, install__node__in=mine)
    related = ("install__node", "before", "after", "ordered_by")
    return found.select_related(*related).order_by("-ordered_at", "-pk")


def installs_on(edge: EdgeNode) -> QuerySet[EdgeInstall]:
    """Will list the applications of a node."""
    return edge.installs.select_related("application", "wanted").order_by("application__code")
