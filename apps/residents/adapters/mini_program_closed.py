"""No mini-program is connected."""

from apps.residents.checking import ExchangeFailed


class Platform:
    """Recognises nobody."""

    def open_id(self, *, client_key: str, code: str) -> str:
        raise ExchangeFailed("no platform is connected")
