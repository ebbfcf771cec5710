"""One phone may send as much as a test wants; the worker on foot is built once."""

from typing import Any

import pytest

from apps.accounts.models import User
from tests.cast import Cast
from tests.phone.town import furnish
from tests.put_back import put_back_or_build


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counters in Redis outlive a test; each of them may send as much as it likes."""
    monkeypatch.setattr("apps.phone.views.api.BATCHES_PER_MINUTE", 100_000)
    monkeypatch.setattr("apps.phone.views.api.PIECES_PER_MINUTE", 100_000)


@pytest.fixture
def on_foot(cast: Cast) -> User:
    """The grid worker on duty, with cells, a patrol and the classes of the grid."""

    def build() -> tuple[User, dict[str, Any]]:
        return furnish(cast), cast.people

    worker, cast.people = put_back_or_build("phone", build, after="cast")
    return worker
