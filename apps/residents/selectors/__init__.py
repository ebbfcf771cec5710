"""Reads of public accounts: by their owners, and by staff within their bodies."""

from apps.residents.selectors.accounts import (
    PhoneSpan,
    get_account,
    list_accounts,
    list_alike,
    list_devices,
    phones_of,
)
from apps.residents.selectors.persons import (
    Acting,
    acting_choices,
    acting_of,
    get_legal_person,
    list_agencies_of,
    list_legal_persons,
    list_own_agencies,
    list_own_persons,
)

__all__ = [
    "Acting",
    "PhoneSpan",
    "acting_choices",
    "acting_of",
    "get_account",
    "get_legal_person",
    "list_accounts",
    "list_agencies_of",
    "list_alike",
    "list_devices",
    "list_legal_persons",
    "list_own_agencies",
    "list_own_persons",
    "phones_of",
]
