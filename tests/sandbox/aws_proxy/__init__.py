"""A proxy before moto that counts calls and fails the way AWS does. Standard library only.

The data port is where clients send their AWS calls; they go to moto with their headers as they came, so that moto can still verify the
signature. A second port has the control, under /_proxy/, so that no path of AWS is taken and no control call is ever counted:

GET    /_proxy/calls          {"DescribeModel": 3, …}, faulted calls included
GET    /_proxy/requests       the ledger: every request with its body, the faults it met, what moto answered and what the client was told
GET    /_proxy/held           how many calls wait at `hold` and `stall` rules
POST   /_proxy/rules          a rule or a list of rules (sandbox.aws_proxy.rules.Rule) → {"ids": […]}
POST   /_proxy/script         {"operation", "steps": ["pass", "throttle", {"fault": "error", "status": 500}, "lost"]}: one step a call → {"ids": […]}
DELETE /_proxy/rules[/ID]     restores: takes away one rule or all; what it held goes on
POST   /_proxy/reset          no rules, no counts
POST   /_proxy/like-aws       {"on": true}: lists are filtered, sorted and paged as AWS does it; not with moto's authentication

In the same process: `Proxy(upstream).start()`, whose `control` has the same verbs as sandbox.proxy.FaultProxy.
"""
from sandbox.aws_proxy.control import Control
from sandbox.aws_proxy.server import Proxy

__all__ = ["Control", "Proxy"]
