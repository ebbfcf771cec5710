"""Refusals of the map.

DomainError
|-- TileTooHeavy        a tile took the database too long        (HTTP 503)
`-- LayerUnreadable     the rows of a layer fail while read      (HTTP 503)
"""

import psycopg
from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError

# What a view of somebody else may do at any moment: be dropped, be closed, meet a value that
# its expressions cannot take, ask a server that is not there.
VIEW_FAILED = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.FdwError,
    psycopg.errors.SqlclientUnableToEstablishSqlconnection,
    psycopg.errors.RaiseException,
    psycopg.errors.InternalError_,
    psycopg.DataError,
)


class TileTooHeavy(DomainError):
    """The database needed more time for a tile than a tile gets."""

    status = 503
    code = "tile_timeout"

    @classmethod
    def told(cls) -> "TileTooHeavy":
        """The refusal in words."""
        return cls(
            _("这里的数据太密，图层没能在限定时间内画出，请放大地图或缩小筛选范围"),
            field="z",
            data={"retry_after": 5},
        )


class LayerUnreadable(DomainError):
    """The rows of a layer cannot be read, as where a view of a base library fails."""

    status = 503
    code = "layer_unreadable"

    @classmethod
    def told(cls, label: object) -> "LayerUnreadable":
        """The refusal in words. label: of the layer, so that it can be switched off."""
        message = _("图层“%(name)s”的数据现在读不出来") % {"name": label}
        return cls(message, field="layer")
