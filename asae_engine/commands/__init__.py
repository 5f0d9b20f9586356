"""The verbs: everything that changes a case, each one transaction. Doors (web, command line, scheduler) call
them.

Each takes the session, the actor and `now` (aware), commits itself, and raises a `CommandError` with a French
sentence when it does not do what was asked; then nothing of it stays.
"""

from asae_engine.commands.accounts import (
    AccountRefused,
    add_organisation,
    add_user,
    set_active,
    set_mail,
    set_password,
)
from asae_engine.commands.attachments import add_attachment
from asae_engine.commands.corrections import correct_answer
from asae_engine.commands.deadlines import fire_due, next_due
from asae_engine.commands.delivering import Deliverer, retry_letters
from asae_engine.commands.deploying import deploy
from asae_engine.commands.duplicates import Duplicate, KnownCase, find_duplicates
from asae_engine.commands.errors import (
    AttachmentRefused,
    BundleRefused,
    CommandError,
    Conflict,
    DuplicatesFound,
    InvalidAnswers,
    NotAllowed,
    NothingDeployed,
    NothingWaits,
    NotOffered,
    TaskGone,
    TaskTaken,
    Unknown,
)
from asae_engine.commands.incidents import correct_variable, pass_over_incident, retry_incident
from asae_engine.commands.mending import mend
from asae_engine.commands.notices import mark_notice_read
from asae_engine.commands.opening import (
    offered_processes,
    open_case,
    save_start_draft,
    start_side_process,
    start_subject,
)
from asae_engine.commands.results import Completion, Delivery, Opening, Publication, Start
from asae_engine.commands.running import cancel_instance, deliver_message, deliver_signal
from asae_engine.commands.tasks import assign, claim, complete_task, draft_subject, release, save_draft
from asae_engine.commands.webhooks import EVENT_TYPES, WebhookRefused, add_webhook, remove_webhook
from asae_engine.commands.works import (
    cancel_work,
    do_works,
    pause_work,
    request_message,
    request_reassignment,
    request_retries,
    resume_work,
)

__all__ = [
    "EVENT_TYPES",
    "AccountRefused",
    "AttachmentRefused",
    "BundleRefused",
    "CommandError",
    "Completion",
    "Conflict",
    "Deliverer",
    "Delivery",
    "Duplicate",
    "DuplicatesFound",
    "InvalidAnswers",
    "KnownCase",
    "NotAllowed",
    "NotOffered",
    "NothingDeployed",
    "NothingWaits",
    "Opening",
    "Publication",
    "Start",
    "TaskGone",
    "TaskTaken",
    "Unknown",
    "WebhookRefused",
    "add_attachment",
    "add_organisation",
    "add_user",
    "add_webhook",
    "assign",
    "cancel_instance",
    "cancel_work",
    "claim",
    "complete_task",
    "correct_answer",
    "correct_variable",
    "deliver_message",
    "deliver_signal",
    "deploy",
    "do_works",
    "draft_subject",
    "find_duplicates",
    "fire_due",
    "mark_notice_read",
    "mend",
    "next_due",
    "offered_processes",
    "open_case",
    "pass_over_incident",
    "pause_work",
    "release",
    "remove_webhook",
    "request_message",
    "request_reassignment",
    "request_retries",
    "resume_work",
    "retry_incident",
    "retry_letters",
    "save_draft",
    "save_start_draft",
    "set_active",
    "set_mail",
    "set_password",
    "start_side_process",
    "start_subject",
]
