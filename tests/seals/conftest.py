from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.seals import factories
from tests.seals.factories import Hall


@pytest.fixture(autouse=True)
def keys_elsewhere(settings: Any, tmp_path: Path) -> None:
    """Keys and documents of a test lie in its own folder."""
    settings.SEALS_DIR = tmp_path / "seals"
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def people(cast: Cast) -> Hall:
    return factories.hall(cast)


@pytest.fixture(autouse=True)
def counters(live: str) -> None:
    """Counters of those who verify begin at nothing."""
