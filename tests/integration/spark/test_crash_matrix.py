"""Runtime, supervisors, programs and server die at random moments and at every crash point that can be seen from outside; see fault/spark.py.

`./dev fault spark N SEED` runs longer ones with the same program."""
from __future__ import annotations

import random

import pytest

from fault.spark import SEEN_AT, Plan, SparkCampaign
from fault.spark_cluster import ClusterCampaign
from sandbox.process import wait_until


@pytest.fixture
def campaign(tmp_path):
    """Jobs on a stub of spark-submit with a ledger; a second runtime under the same name looks on."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    campaign = SparkCampaign(tmp_path, random.Random(seed))
    try:
        yield campaign.start()
    finally:
        campaign.stop()


def check(campaign: SparkCampaign) -> None:
    campaign.settle()
    assert not campaign.faults(), "\n".join(campaign.faults())


def test_every_crash_point_once(campaign):
    for point in ("C1", "C2", *SEEN_AT, "C8", "C10", "C13", "C14", "C15", "rollback", "supervisor", "program", "server", "stop"):
        campaign.round(point)
    check(campaign)


def test_an_end_that_is_not_heeded(campaign):
    """Cancelled again and again by a runtime that is killed in between: SIGTERM does nothing, SIGKILL comes all the same, under a supervisor and without one."""
    held, orphan = (campaign.post(Plan("sleep=600 term=ignore")) for _ in range(2))
    wait_until(lambda: all((campaign.folders / job / "reports/application-1.json").exists() for job in (held, orphan)), "both run", 30)
    campaign.kill_supervisor_of(orphan)
    for job in (held, orphan):
        campaign.cancel(job)
    campaign.restart()
    check(campaign)
    assert {campaign.job(job)["jobStatus"] for job in (held, orphan)} == {"CANCELLED"}


def test_a_name_that_was_given_up_is_taken_over(campaign):
    """The runtime stops in good order with jobs under way; the one beside it takes what comes next, and neither launches what the other has recorded."""
    first = campaign.post(Plan("sleep=2"))
    wait_until(lambda: (campaign.folders / first / "reports/application-1.json").exists(), "the first job runs", 30)
    assert campaign.edge.stop() == 0
    campaign.twin.wait_enrolled()
    second = campaign.post(Plan("sleep=0.1"))
    wait_until(lambda: campaign.job(second)["jobStatus"] == "COMPLETE", "the other runtime does the second job", 30)
    campaign.edge.start()
    check(campaign)
    assert campaign.job(first)["jobStatus"] == "COMPLETE" and campaign.job(first)["owner"] != campaign.job(second)["owner"]


def test_a_runtime_that_was_cut_off_comes_back(campaign):
    """Another one has its name and the jobs that it had not launched: it goes on with what it had, and touches nothing else."""
    held = campaign.post(Plan("sleep=600"))
    wait_until(lambda: (campaign.folders / held / "reports/application-1.json").exists(), "a job runs", 30)
    owner = campaign.job(held)["owner"]
    campaign.round("partition")
    check(campaign)
    assert campaign.job(held)["owner"] == owner and campaign.job(held)["jobStatus"] == "CANCELLED"
    assert campaign.instance(campaign.twin) in {campaign.job(job).get("owner") for job in campaign.jobs}


def test_drivers_on_a_cluster_that_misbehaves(tmp_path):
    """Standalone cluster mode: a submission without tag or exit code, a master that hangs, errs, swallows and forgets; `./dev fault spark-cluster` does more."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    campaign = ClusterCampaign(tmp_path, random.Random(seed))
    try:
        campaign.start()
        for strike in ("uploading", "sent", "C11", "C15", "rollback", "hang", "error", "half", "deaf", "swallow", "forget"):
            campaign.round(strike, most=4)
        check(campaign)
    finally:
        campaign.stop()
