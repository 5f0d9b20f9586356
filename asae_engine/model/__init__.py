"""The tables and everything that writes SQL. Knows nothing of BPMN, forms or HTTP."""

from asae_engine.model.answers import Attachment, DossierField, Submission
from asae_engine.model.base import Base, UtcDateTime, new_id, new_row
from asae_engine.model.cases import Case, CaseMember, CaseStatus, Counter, Household
from asae_engine.model.deployments import BundleDraft, Deployment, DeploymentFile
from asae_engine.model.history import NAME_OF_ELEMENT, CommitteeSession, Event, Notice, ReadingLog
from asae_engine.model.instances import Incident, IncidentEnd, InstanceKind, InstanceStatus, ProcessInstance
from asae_engine.model.letters import Letter, LetterKind, Webhook, WebhookEvent
from asae_engine.model.people import Organisation, SignInAttempts, User, UserRole
from asae_engine.model.tasks import DeadlineKind, Draft, Task, TaskCandidate, TaskDeadline, TaskStatus
from asae_engine.model.works import ItemState, LongWork, LongWorkItem, WorkKind, WorkState

__all__ = [
    "NAME_OF_ELEMENT",
    "Attachment",
    "Base",
    "BundleDraft",
    "Case",
    "CaseMember",
    "CaseStatus",
    "CommitteeSession",
    "Counter",
    "DeadlineKind",
    "Deployment",
    "DeploymentFile",
    "DossierField",
    "Draft",
    "Event",
    "Household",
    "Incident",
    "IncidentEnd",
    "InstanceKind",
    "InstanceStatus",
    "ItemState",
    "Letter",
    "LetterKind",
    "LongWork",
    "LongWorkItem",
    "Notice",
    "Organisation",
    "ProcessInstance",
    "ReadingLog",
    "SignInAttempts",
    "Submission",
    "Task",
    "TaskCandidate",
    "TaskDeadline",
    "TaskStatus",
    "User",
    "UserRole",
    "UtcDateTime",
    "Webhook",
    "WebhookEvent",
    "WorkKind",
    "WorkState",
    "new_id",
    "new_row",
]
