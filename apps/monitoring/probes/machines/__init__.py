"""Virtual machines and containers as their platforms tell of them: how many, what they use, events.

A platform is one small adapter that gives ``Machine`` rows and, where it keeps any, events; the
figures are counted alike for all. VMware by the vSphere Automation API and the events by
vim25 SOAP, Hyper-V by WS-Management, XenServer by XAPI, Docker by the Engine API 1.24.
Source: OP-05, OP-06.
"""

from apps.monitoring.probes.machines.counting import Machine, asked_of
from apps.monitoring.probes.machines.docker import look as look_docker
from apps.monitoring.probes.machines.hyperv import look as look_hyperv
from apps.monitoring.probes.machines.vmware import look as look_vcenter
from apps.monitoring.probes.machines.xen import look as look_xen

vcenter = asked_of(look_vcenter)
hyperv = asked_of(look_hyperv)
xen = asked_of(look_xen)
docker = asked_of(look_docker)

__all__ = ["Machine", "docker", "hyperv", "vcenter", "xen"]
