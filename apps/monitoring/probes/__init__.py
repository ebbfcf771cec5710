"""Ways to ask a thing over the network, each behind one small function (``wire.Probe``)."""

from apps.monitoring.enums import CheckKind
from apps.monitoring.probes import icmp, machines, metrics, ntp, onvif, snmp, sql, tcp, tls, web
from apps.monitoring.probes.wire import Answer, Hindered, Outcome, Probe, Question, Silent

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
}

__all__ = ["PROBES", "Answer", "Hindered", "Outcome", "Probe", "Question", "Silent"]
