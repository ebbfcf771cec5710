"""The journal of the key stores beside the log of uses: who signed what nobody asked for. ES-03."""

from collections import Counter
from dataclasses import dataclass

from apps.seals.crypto.stores import Used, journal
from apps.seals.models import SealLog


@dataclass(frozen=True)
class Reconciled:
    """unlogged: seal keys that signed without an entry of the log, the making aside.

    unsigned: entries of the log no key store knows. signed: how many agree.
    """

    signed: int
    unlogged: list[Used]
    unsigned: list[SealLog]

    @property
    def agrees(self) -> bool:
        """Whether nothing is left over on either side."""
        return not self.unlogged and not self.unsigned


def reconcile() -> Reconciled:
    """Will compare both, whole. A signature that a worker's death kept from the log shows here."""
    logged = {row.key_digest: row for row in SealLog.objects.exclude(key_digest="")}
    known: Counter[str] = Counter()
    unlogged: list[Used] = []
    making: Counter[str] = Counter()
    for used in journal():
        if used.deed != "signed" or not used.label.startswith("seal-"):
            continue  # authorities and time stamps are no seals
        if used.digest in logged:
            known[used.digest] += 1
        elif making[used.label] < 2:  # the request for the certificate, the seal's structure
            making[used.label] += 1
        else:
            unlogged.append(used)
    unsigned = [row for digest, row in logged.items() if digest not in known]
    return Reconciled(sum(known.values()), unlogged, unsigned)
