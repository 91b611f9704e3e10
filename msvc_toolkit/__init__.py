"""Twilio Messaging Services in Jupyter, on your account or on a sandbox that needs no account.

    import msvc_toolkit as msvc
    conn = msvc.connect()                 # the sandbox; msvc.connect("live") reads your account
    msvc.Onboarding(conn)                 # the four steps below, as one form

Account        connect Connection Onboarding progress catch_up list_subaccounts review_subaccounts SubaccountsReview
1 Service      ServiceForm ServiceDraft Service
               create_service fetch_service find_service list_services update_service delete_service
2 Inbound      InboundForm InboundDraft set_inbound try_arrival
3 Senders      SenderPoolForm AlphaSender list_senders add_senders remove_senders
4 Messages     SendForm BlastForm MessageDraft Message
               send send_many predict_sender fetch_message watch wait_until_final cancel_message
Templates      TemplateForm TemplateDraft Template create_template request_approval fetch_template list_templates
Message logs   pull_logs import_logs open_logs Log LogExplorer log_report opt_outs logs.measures logs.charts
A2P 10DLC      ReadinessBoard review_a2p Review CampaignForm CampaignDraft RegisteredCampaign list_brands
               list_usecases lint_campaign create_campaign fetch_campaign update_campaign
Planning       SendPlanForm plan_send SendPlan PlannedSender Forecast compare_plans plan_report rehearse
               replay Replay
Changes        ChangesForm export_account read_account plan_changes ChangePlan apply_changes AppliedChanges
               resume_changes undo_changes rehearse_changes
Sandbox        Handset Inspector conn.sandbox; in pytest the fixture twilio_sandbox
Errors         ToolkitError: InvalidInput MissingCredentials WritesNotArmed TwilioRefused Unreachable
               OutcomeUnknown SandboxError; Problem is one thing that is wrong with an input

`help(msvc.send)` explains one of them. They are imported when they are first used.
"""

from .private.lazy_names import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
