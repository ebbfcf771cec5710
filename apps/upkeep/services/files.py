"""Uploaded files, checkpoints and settings on their way into the places of backups."""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from apps.upkeep.vault import sealed
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.objects import Manifest
from apps.upkeep.vault.places import Place, make_folder, places

#: The manifest that follows the files every few minutes, between two backups of the database.
LATEST = "latest"


def roots() -> Mapping[str, Path]:
    """Will give the folders whose files are kept, by the name they have in a manifest."""
    return {"media": Path(settings.MEDIA_ROOT), "evidence": Path(settings.EVIDENCE_DIR)}


def keep_files(key: bytes | None = None) -> int:
    """Will take new files into every place, and give their bytes; between backups as well.

    So an upload is lost only if it is younger than this and the disk is gone. Raises: VaultError.
    """
    key = key or sealed.make_key(Path(settings.BACKUP_KEY_FILE))
    return sum(keep_files_in(place, key, label=LATEST)[1] for place in places())


def keep_files_in(place: Place, key: bytes, *, label: str) -> tuple[Manifest, int, str]:
    """Will keep the files in one place under a label; gives manifest, new bytes, digest."""
    make_folder(place.folder, mode=0o711)
    store = place.files(key)
    before: Manifest = {}
    with suppress(VaultError):
        before = store.read_manifest(LATEST)
    manifest, fresh = store.keep(roots(), before)
    digest = store.write_manifest(label, manifest)
    if label != LATEST:
        store.write_manifest(LATEST, manifest)
    return manifest, fresh, digest


def keep_settings(key: bytes, *, label: str) -> str:
    """Will seal the settings and keys of this installation apart from the data; gives the digest.

    The secret key goes along whatever way it was given to us: without it nothing that is
    encrypted in the database opens again.
    """
    plain = _packed_settings()
    folder = make_folder(Path(settings.BACKUP_SETTINGS_DIR))
    target = folder / f"{label}.sealed"
    with target.open("wb") as output:
        sealed.seal(io.BytesIO(plain), output, sealed.derive(key, "settings"))
    target.chmod(0o600)
    return hashlib.sha256(plain).hexdigest()


def restore_settings(key: bytes, *, label: str, target: Path) -> None:
    """Will unpack sealed settings below a folder. Raises: VaultError (missing, another key)."""
    file = Path(settings.BACKUP_SETTINGS_DIR) / f"{label}.sealed"
    if not file.exists():
        raise VaultError(f"{file}")
    with file.open("rb") as source:
        plain = b"".join(sealed.unseal(source, sealed.derive(key, "settings")))
    make_folder(target)
    with tarfile.open(fileobj=io.BytesIO(plain)) as packed:
        packed.extractall(target, filter="data")


def _packed_settings() -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as packed:
        secret = settings.SECRET_KEY.encode()
        member = tarfile.TarInfo("secret_key")
        member.size, member.mode = len(secret), 0o600
        packed.addfile(member, io.BytesIO(secret))
        for path in map(Path, [*settings.BACKUP_SETTINGS_PATHS, settings.MQTT_FOLDER]):
            if path.exists():
                packed.add(path, arcname=f"files{path.resolve()}")
    return output.getvalue()
