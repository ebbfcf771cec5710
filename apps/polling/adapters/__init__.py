"""The protocols, each behind one small interface (``wire.Opener``)."""

from apps.polling.adapters import http, modbus, snmp
from apps.polling.enums import Protocol
from apps.polling.wire import Opener

OPENERS: dict[str, Opener] = {
    Protocol.MODBUS: modbus.connect,
    Protocol.SNMP: snmp.connect,
    Protocol.HTTP: http.connect,
}
