"""Programs that call us, systems that are called, and what was sent to them."""

from apps.gateway.models.clients import ApiClient
from apps.gateway.models.connectors import Connector, Delivery, InboundSecret

__all__ = ["ApiClient", "Connector", "Delivery", "InboundSecret"]
