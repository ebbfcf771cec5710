"""Accounts as adapters see them: the settings with their secrets opened for one call."""

import json

from apps.gateway.sealing import seal, unseal
from apps.messaging.models import ChannelAccount
from apps.messaging.registry import Reach


def reach_of(account: ChannelAccount) -> Reach:
    """Raises: Refused (sealed under a key no longer configured)."""
    return Reach(account.code, account.options, secrets_of(account))


def secrets_of(account: ChannelAccount) -> dict[str, str]:
    """Will open the secrets of an account; never shown, never logged."""
    opened: dict[str, str] = json.loads(unseal(account.secrets)) if account.secrets else {}
    return opened


def sealed(secrets: dict[str, str]) -> str:
    """Will give secrets as the row keeps them."""
    return seal(json.dumps(secrets)) if secrets else ""
