"""VaultError is told to people as it is; every part of the vault raises it and nothing else."""


class VaultError(Exception):
    """A backup or a restore cannot go on. The message says why, in the language of the reader."""
