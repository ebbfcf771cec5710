"""Where backups lie and by which key, as the settings say; refuses what would make them useless.

``BACKUP_DIR`` and ``BACKUP_SECOND_DIR`` each hold ``db`` (the tool's own repository) and
``files``. The key and the sealed settings lie elsewhere: who carries a backup place away has
neither. Source: OP-23, 002:4.6.2 (数据), GB/T 22239-2019 8.1.4.9.
"""

import os
import pwd
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from apps.upkeep.vault import sealed
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.objects import ObjectStore


@dataclass(frozen=True)
class Place:
    """One place of backups. number: 1 the first, 2 the second."""

    number: int
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "db"

    def files(self, key: bytes) -> ObjectStore:
        """Will give the files kept here; key: that of the backups."""
        return ObjectStore(self.folder / "files", sealed.derive(key, "files"))


def places() -> list[Place]:
    """Will give the places of the settings, the first one first."""
    folders = [settings.BACKUP_DIR, settings.BACKUP_SECOND_DIR]
    return [Place(number, Path(f).resolve()) for number, f in enumerate(folders, 1) if f]


def key_file() -> Path:
    """Will give where the key lies."""
    return Path(settings.BACKUP_KEY_FILE).resolve()


def require_apart() -> None:
    """Raises: VaultError (the key or the sealed settings lie beside the data they open)."""
    settings_folder = Path(settings.BACKUP_SETTINGS_DIR).resolve()
    for place in places():
        for path in (key_file(), settings_folder):
            if path.is_relative_to(place.folder):
                raise VaultError(_("密钥和配置备份不能与数据备份放在同一位置：%s") % path)
    if key_file().is_relative_to(settings_folder):
        raise VaultError(_("备份密钥不能与用它加密的配置放在同一位置：%s") % key_file())
    folders = [place.folder for place in places()]
    if len(folders) == 2 and (
        folders[0].is_relative_to(folders[1]) or folders[1].is_relative_to(folders[0])
    ):
        raise VaultError(_("第二备份位置不能在第一备份位置之内"))


def server_owner() -> int | None:
    """Will give whose the database's folders must be where we are root; None: our own.

    PostgreSQL refuses to run as root. Where its folder is lost, Debian's account is meant.
    """
    if os.geteuid() != 0:
        return None
    with suppress(OSError):
        return Path(settings.BACKUP_PGDATA).stat().st_uid or None
    with suppress(KeyError):
        return pwd.getpwnam("postgres").pw_uid
    return None


def make_folder(folder: Path, *, owner: int | None = None, mode: int = 0o700) -> Path:
    """Will make a folder that only its owner may read, and those above it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)
    if owner is not None:
        shutil.chown(folder, owner)
    return folder
