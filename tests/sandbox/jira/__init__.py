"""A Jira that fails as the real one does: Cloud (REST v3) or Data Center (REST v2), as its flavor says. Standard library only.

python -m sandbox.jira cloud|datacenter [PORT [CONTROL_PORT]]      prints `jira URL control URL` once both listen

A site has projects MRM and OPS, the people of sandbox.jira.site.PEOPLE, and one technical user, whose token is sandbox.jira.site.TOKEN. Any status leads to any
other; the ids of transitions differ from project to project. Control, on a port of its own:

GET    /_fake/issues          every issue that was ever made, deleted ones included
GET    /_fake/calls           {"createIssue": 3, …}
GET    /_fake/requests        the ledger: {"operation", "method", "path", "body", "faults", "carried_out", "answered"}
GET    /_fake/deliveries      webhooks sent, with their identifiers and what the receiver answered
GET    /_fake/held            how many calls wait at `hold` and `stall` rules
POST   /_fake/rules           a rule or a list of rules (sandbox.jira.faults.Rule) → {"ids": […]}
DELETE /_fake/rules[/ID]      takes away one rule or all; what it held goes on
POST   /_fake/settings        {"index_delay": s, "required": {"customfield_10042": "Risk owner"}, "resolution_required": ["Done"], "page_limit": n}
POST   /_fake/webhooks        {"url", "secret", "events"}: a webhook as an administrator makes it
POST   /_fake/act             {"do", "issue", "by", …}: what a person does in the browser: sandbox.jira.site.Site.act
POST   /_fake/advance         {"seconds"}: the site's clock goes forward
POST   /_fake/reset           a new site; webhooks, rules and settings are gone
"""
