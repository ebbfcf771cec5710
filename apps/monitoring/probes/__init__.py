"""Ways to ask a thing over the network, each behind one small function (``wire.Probe``)."""

from apps.monitoring.enums import CheckKind
from apps.monitoring.probes import (
    balancers,
    disks,
    hadoop,
    icmp,
    machines,
    metrics,
    ntp,
    onvif,
    snmp,
    sql,
    tcp,
    tls,
    web,
)
from apps.monitoring.probes.wire import (
    FAILED_DISK,
    FULL_DISK,
    LOST_BACKEND,
    Answer,
    Happening,
    Hindered,
    Outcome,
    Part,
    Probe,
    Question,
    Silent,
)

PROBES: dict[str, Probe] = {
    CheckKind.ICMP: icmp.ask,
    CheckKind.TCP: tcp.ask,
    CheckKind.HTTP: web.ask,
    CheckKind.SNMP: snmp.ask,
    CheckKind.SQL: sql.ask,
    CheckKind.TLS: tls.ask,
    CheckKind.ONVIF: onvif.ask,
    CheckKind.NTP: ntp.ask,
    CheckKind.METRICS: metrics.ask,
    CheckKind.VCENTER: machines.vcenter,
    CheckKind.DOCKER: machines.docker,
    CheckKind.HYPERV: machines.hyperv,
    CheckKind.XEN: machines.xen,
    CheckKind.HAPROXY: balancers.haproxy,
    CheckKind.NGINX: balancers.nginx,
    CheckKind.HADOOP: hadoop.ask,
    CheckKind.DISKS: disks.by_snmp,
    CheckKind.ISAPI: disks.by_page,
}

__all__ = [
    "FAILED_DISK",
    "FULL_DISK",
    "LOST_BACKEND",
    "PROBES",
    "Answer",
    "Happening",
    "Hindered",
    "Outcome",
    "Part",
    "Probe",
    "Question",
    "Silent",
]
