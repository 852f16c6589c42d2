"""A few rounds of `./dev fault lifecycle` and of `./dev fault deployments`: kills with faults of AWS and Jira around them make nothing twice."""
from fault import deployments, lifecycle


def test_kills_with_faults_around_them_make_nothing_twice(tmp_path):
    assert lifecycle.run(tmp_path, rounds=4, seed=20) == []


def test_kills_at_each_step_of_a_deployment_and_its_removal_leave_one_of_everything(make_server, stack, proxy):
    try:
        assert deployments.run(make_server(start=False, config=deployments.CONFIG), stack.account, rounds=2, seed=20) == []
    finally:
        stack.account.live()
