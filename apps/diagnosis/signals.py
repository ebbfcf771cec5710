"""What diagnosis tells those above it, within the transaction of the deed."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class CameraJudged:
    """A look was written down: keys of the camera's asset and of the result.

    is_proof: it was asked for to prove a repair.
    """

    asset_id: int
    result_id: int
    is_proof: bool


#: Sent with ``judged`` (CameraJudged); an effect of a listener goes with the result or not at all.
camera_judged = Signal()
