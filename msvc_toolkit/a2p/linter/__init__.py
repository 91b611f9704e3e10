"""The campaign linter: rules on a campaign's texts, for what reviewers of A2P 10DLC campaigns refuse.

The same rules are used in the campaign form as you type, in the sandbox's reviewer, and in the
review of an account.  The rules read only the texts. They cannot know whether a site answers or a policy says what it
should.  A rule is a blocker if Twilio nearly always refuses what it finds, and it rarely finds anything else.

An id is ``group.word``, and the groups are: limits, policies, usecase, flags, replies, samples, links, domains, flow,
consent, description, topics and language.
"""

from msvc_toolkit.a2p.linter.elements import elements
from msvc_toolkit.a2p.linter.model import AT_CREATION, BrandIdentity, Campaign, Grade, Remark, Rule, Severity
from msvc_toolkit.a2p.linter.review import RULES, cited, examine

__all__ = [
    "AT_CREATION",
    "RULES",
    "BrandIdentity",
    "Campaign",
    "Grade",
    "Remark",
    "Rule",
    "Severity",
    "cited",
    "elements",
    "examine",
]
