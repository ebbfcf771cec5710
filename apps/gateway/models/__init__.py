"""Programs that call us, what they called, systems that are called, and the catalogue of both."""

from apps.gateway.models.calls import ApiCall
from apps.gateway.models.catalogue import Service, ServiceCheck
from apps.gateway.models.clients import (
    ApiClient,
    ApiKey,
    ClientCertificate,
    SigningKey,
    UsedNonce,
)
from apps.gateway.models.connectors import (
    Connector,
    Delivery,
    FieldMapping,
    InboundSecret,
    Reconciliation,
)

__all__ = [
    "ApiCall",
    "ApiClient",
    "ApiKey",
    "ClientCertificate",
    "Connector",
    "Delivery",
    "FieldMapping",
    "InboundSecret",
    "Reconciliation",
    "Service",
    "ServiceCheck",
    "SigningKey",
    "UsedNonce",
]
