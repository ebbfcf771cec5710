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
from apps.gateway.forms.mappings import (
    DayForm,
    MappingForm,
    RowForm,
    RowFormSet,
    rows_initial,
)

__all__ = [
    "CallFilter",
    "CertificateForm",
    "ClientForm",
    "ConnectorForm",
    "DayForm",
    "DeliveryFilter",
    "InboundForm",
    "MappingForm",
    "NewClientForm",
    "NewConnectorForm",
    "RowForm",
    "RowFormSet",
    "ServiceForm",
    "SigningKeyForm",
    "rows_initial",
]
