"""Private keys as they lie in the database: encrypted, see ``apps.common.sealing``."""

from apps.common.sealing import Box

BOX = Box("citybrain.signon.sealing")


def seal(text: str) -> str:
    """Will encrypt a text for the database."""
    return BOX.seal(text)


def unseal(sealed: str) -> str | None:
    """Will give the text back; None if it was sealed under a key no longer configured."""
    return BOX.unseal(sealed)
