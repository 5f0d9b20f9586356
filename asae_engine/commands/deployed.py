"""The bundles that are in service: loaded from their deployment once in each process, then shared by all
threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import bundles
from asae_engine.commands.errors import NothingDeployed, Unknown
from asae_engine.model import lookups

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.bpmn import ProcessDefinition
    from asae_engine.forms import Form
    from asae_engine.model import Deployment


def bundle_of(session: Session, deployment: Deployment) -> bundles.Bundle:
    """The parsed bundle of a deployment."""
    return bundles.get(deployment.digest, lambda: lookups.deployment_files(session, deployment.id))


def newest(session: Session) -> tuple[Deployment, bundles.Bundle]:
    """What new cases and new side processes start from. Raises `NothingDeployed`."""
    deployment = lookups.newest_deployment(session)
    if deployment is None:
        raise NothingDeployed
    return deployment, bundle_of(session, deployment)


def process_of(bundle: bundles.Bundle, key: str, kind: str) -> ProcessDefinition:
    """The process of that key and kind ("main" or "side"). Raises `Unknown("process")`."""
    definition = bundle.processes.get(key)
    if definition is None or definition.kind != kind:
        raise Unknown("process")
    return definition


def form_of(bundle: bundles.Bundle, key: str | None) -> Form | None:
    """The form of that key; none when there is no key. Raises `Unknown("form")`."""
    if key is None:
        return None
    form = bundle.forms.get(key)
    if form is None:
        raise Unknown("form")
    return form
