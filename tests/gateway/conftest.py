from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A system of the city network, as the operators listed it."""
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with receiving() as found:
        yield found
