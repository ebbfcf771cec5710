"""Reactions to diagnosis: a result that may prove a repair. Source: VD-06, OP-10."""

from typing import Any

from django.dispatch import receiver

from apps.diagnosis.signals import CameraJudged, camera_judged
from apps.ops import picture_proof, services


@receiver(camera_judged, dispatch_uid="ops.prove_by_picture")
def prove_by_picture(judged: CameraJudged, **_signal: Any) -> None:
    """Orders the proof of repairs of this camera that wait for one, with the result or not."""
    services.order_proofs(
        asset_id=judged.asset_id,
        kinds=(picture_proof.SIGNAL, picture_proof.PICTURE),
        key=f"diagnosis:{judged.result_id}",
        even_if_proved=judged.is_proof,
    )
