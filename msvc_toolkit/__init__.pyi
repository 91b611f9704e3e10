from . import logs
from .a2p.campaigns.brands import list_brands, list_usecases
from .a2p.campaigns.calls import create_campaign, fetch_campaign, lint_campaign, update_campaign
from .a2p.campaigns.form import CampaignForm
from .a2p.campaigns.model import CampaignDraft, RegisteredCampaign
from .a2p.readiness.form import ReadinessBoard
from .a2p.readiness.review import Review, review_a2p
from .changes.calls import (
    AppliedChanges,
    apply_changes,
    export_account,
    plan_changes,
    read_account,
    resume_changes,
    undo_changes,
)
from .changes.form import ChangesForm
from .changes.model import ChangePlan
from .connection import Connection
from .content.calls import create_template, fetch_template, list_templates, request_approval
from .content.form import TemplateForm
from .content.model import Template, TemplateDraft
from .entry import connect
from .errors import (
    InvalidInput,
    MissingCredentials,
    OutcomeUnknown,
    Problem,
    SandboxError,
    ToolkitError,
    TwilioRefused,
    Unreachable,
    WritesNotArmed,
)
from .inbound.calls import set_inbound, try_arrival
from .inbound.form import InboundForm
from .inbound.model import InboundDraft
from .inspector.handset import Handset
from .inspector.inspector import Inspector
from .logs.calls import open_logs, pull_logs
from .logs.explorer.explorer import LogExplorer
from .logs.importer.importer import import_logs
from .logs.log import Log
from .logs.report import log_report
from .logs.roster import opt_outs
from .messages.blast.calls import send_many
from .messages.blast.form import BlastForm
from .messages.calls import cancel_message, fetch_message, predict_sender, send, wait_until_final, watch
from .messages.form import SendForm
from .messages.model import Message, MessageDraft
from .onboarding.calls import catch_up, progress
from .onboarding.form import Onboarding
from .planning.calls import plan_send
from .planning.forecast import Forecast
from .planning.form import SendPlanForm
from .planning.model import PlannedSender, SendPlan
from .planning.rehearse import rehearse
from .planning.rehearse_changes import rehearse_changes
from .planning.replay import Replay, replay
from .planning.report import compare_plans, plan_report
from .private.version import __version__ as __version__
from .senders.calls import add_senders, list_senders, remove_senders
from .senders.form import SenderPoolForm
from .senders.model import AlphaSender
from .services.calls import create_service, delete_service, fetch_service, find_service, list_services, update_service
from .services.form import ServiceForm
from .services.model import Service, ServiceDraft
from .subaccounts.calls import list_subaccounts
from .subaccounts.review import SubaccountsReview, review_subaccounts

__all__ = [
    "AlphaSender",
    "AppliedChanges",
    "BlastForm",
    "CampaignDraft",
    "CampaignForm",
    "ChangePlan",
    "ChangesForm",
    "Connection",
    "Forecast",
    "Handset",
    "InboundDraft",
    "InboundForm",
    "Inspector",
    "InvalidInput",
    "Log",
    "LogExplorer",
    "Message",
    "MessageDraft",
    "MissingCredentials",
    "Onboarding",
    "OutcomeUnknown",
    "PlannedSender",
    "Problem",
    "ReadinessBoard",
    "RegisteredCampaign",
    "Replay",
    "Review",
    "SandboxError",
    "SendForm",
    "SendPlan",
    "SendPlanForm",
    "SenderPoolForm",
    "Service",
    "ServiceDraft",
    "ServiceForm",
    "SubaccountsReview",
    "Template",
    "TemplateDraft",
    "TemplateForm",
    "ToolkitError",
    "TwilioRefused",
    "Unreachable",
    "WritesNotArmed",
    "add_senders",
    "apply_changes",
    "cancel_message",
    "catch_up",
    "compare_plans",
    "connect",
    "create_campaign",
    "create_service",
    "create_template",
    "delete_service",
    "export_account",
    "fetch_campaign",
    "fetch_message",
    "fetch_service",
    "fetch_template",
    "find_service",
    "import_logs",
    "lint_campaign",
    "list_brands",
    "list_senders",
    "list_services",
    "list_subaccounts",
    "list_templates",
    "list_usecases",
    "log_report",
    "logs",
    "open_logs",
    "opt_outs",
    "plan_changes",
    "plan_report",
    "plan_send",
    "predict_sender",
    "progress",
    "pull_logs",
    "read_account",
    "rehearse",
    "rehearse_changes",
    "remove_senders",
    "replay",
    "request_approval",
    "resume_changes",
    "review_a2p",
    "review_subaccounts",
    "send",
    "send_many",
    "set_inbound",
    "try_arrival",
    "undo_changes",
    "update_campaign",
    "update_service",
    "wait_until_final",
    "watch",
]
