"""Shapes of what people fill in about connectors, clients, calls and services."""

from apps.gateway.forms.catalogue import ServiceForm
from apps.gateway.forms.clients import CallFilter, ClientForm, NewClientForm, SigningKeyForm
from apps.gateway.forms.connectors import (
    ConnectorForm,
    DeliveryFilter,
    InboundForm,
    NewConnectorForm,
)

__all__ = [
    "CallFilter",
    "ClientForm",
    "ConnectorForm",
    "DeliveryFilter",
    "InboundForm",
    "NewClientForm",
    "NewConnectorForm",
    "ServiceForm",
    "SigningKeyForm",
]
