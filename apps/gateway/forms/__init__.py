"""Shapes of what people fill in about connectors, clients, calls and services."""

from apps.gateway.forms.catalogue import ServiceForm
from apps.gateway.forms.clients import (
    CallFilter,
    CertificateForm,
    ClientForm,
    NewClientForm,
    SigningKeyForm,
)
from apps.gateway.forms.connectors import (
    ConnectorForm,
    DeliveryFilter,
    InboundForm,
    NewConnectorForm,
)

__all__ = [
    "CallFilter",
    "CertificateForm",
    "ClientForm",
    "ConnectorForm",
    "DeliveryFilter",
    "InboundForm",
    "NewClientForm",
    "NewConnectorForm",
    "ServiceForm",
    "SigningKeyForm",
]
