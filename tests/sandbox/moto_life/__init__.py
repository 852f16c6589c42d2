"""What moto's SageMaker lacks: time, failure, names that are taken. Installed into moto's process by sandbox.moto_app, off until switched on.

Off, moto is as it comes: everything is final at once, names are overwritten, UpdateEndpoint and Stop…Job are unknown. On, as AWS has it:

- endpoints are Creating → InService | Failed, Updating → InService, or Updating → RollingBack → InService with the old configuration, or UpdateRollbackFailed,
  Deleting → gone; DescribeEndpoint tells PendingDeploymentSummary, FailureReason, LastDeploymentConfig;
- transform and training jobs are InProgress → Completed | Failed | Stopped, Stopping in between when they are told to stop; a completed one leaves its files in S3;
- a name that is taken is refused in AWS's words, endpoints compare names without case; what is in progress is not updated or deleted;
- new objects can be hidden from List, from Describe and from use for a while.

POST /_sandbox/life            {"on", "seconds": {STEP: s | null for never}, "failing": pattern, "hidden": {KIND: {"list" | "describe" | "use": s}},
                               "roles": true where execution roles must be in IAM}: what is left out stays
POST /_sandbox/life/script     {"step", "name": pattern, "end", "reason", "seconds", "times": 1}: how steps end that begin from now on
POST /_sandbox/life/end        {"kind", "name", "end", "reason"}: what moves ends now
POST /_sandbox/life/remove     {"kind", "name", "region"}: it is gone at once, as if somebody had deleted it long ago
POST /_sandbox/life/advance    {"seconds"}: the clock of all this goes forward
POST /_sandbox/life/reset      off, no scripts
GET  /_sandbox/life            the plan and what moves

Steps and their ends are in sandbox.moto_life.plan. Nothing is random: an end follows from scripts, then from the failing pattern, else it is the good one.
"""
