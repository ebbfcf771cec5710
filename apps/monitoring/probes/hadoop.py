"""Hadoop: YARN by its REST figures, HDFS by the name node's JMX page.

The port says which: a path that begins with /jmx is a name node's. Source: OP-06; Hadoop
ResourceManager REST API (cluster metrics), HDFS name node metrics.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.common.http import CallFailed
from apps.monitoring.probes.calling import Caller, document_of, number
from apps.monitoring.probes.web import reason_of
from apps.monitoring.probes.wire import Answer, Question, Silent

PATH = "/ws/v1/cluster/metrics"
_QUERY = "?qry=Hadoop:service=NameNode,name=FSNamesystem*"
_YARN = {
    "nodes_active": "activeNodes", "nodes_lost": "lostNodes", "nodes_ill": "unhealthyNodes",
    "apps_running": "appsRunning", "apps_pending": "appsPending",
}  # fmt: skip
_HDFS = {
    "nodes_active": "NumLiveDataNodes", "nodes_lost": "NumDeadDataNodes",
    "disks_failed": "VolumeFailuresTotal", "blocks_missing": "MissingBlocks",
    "blocks_thin": "UnderReplicatedBlocks",
}  # fmt: skip


async def ask(question: Question) -> Answer:
    """Will read the cluster's figures.

    Figures of both: nodes_active, nodes_lost, used_percent (memory; of HDFS the room). YARN:
    nodes_ill, apps_running, apps_pending, cores_percent. HDFS: disks_failed, blocks_missing,
    blocks_thin (fewer copies than wanted), safe_mode (1: nothing can be written).
    Raises: Silent.
    """
    path = str(question.settings.get("path") or PATH)
    is_hdfs = path.startswith("/jmx")
    whole = f"{path}{_QUERY}" if path == "/jmx" else path
    try:
        page = await asyncio.to_thread(Caller(question).get, whole)
    except CallFailed as error:
        raise Silent(reason_of(error)) from error
    document = document_of(page, 200)
    told = _beans(document) if is_hdfs else _metrics(document)
    codes = _HDFS if is_hdfs else _YARN
    values = {code: one for code, name in codes.items() if (one := number(told.get(name)))
              is not None}  # fmt: skip
    shares = (
        {"used_percent": ("CapacityUsed", "CapacityTotal")} if is_hdfs else
        {"used_percent": ("allocatedMB", "totalMB"),
         "cores_percent": ("allocatedVirtualCores", "totalVirtualCores")}
    )  # fmt: skip
    for code, (part, whole_name) in shares.items():
        used, total = number(told.get(part)), number(told.get(whole_name))
        if used is not None and total:
            values[code] = round(100 * used / total, 2)
    if is_hdfs and "FSState" in told:
        values["safe_mode"] = float(told["FSState"] != "Operational")
    if "nodes_active" not in values:
        raise Silent(_("应答中没有集群指标"))
    return Answer(values)


def _metrics(document: Any) -> Mapping[str, Any]:
    found = document.get("clusterMetrics") if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def _beans(document: Any) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    beans = document.get("beans") if isinstance(document, dict) else None
    for bean in beans if isinstance(beans, list) else []:
        if isinstance(bean, dict):
            found |= bean
    return found
