"""A few rounds of `./dev fault lifecycle`: kills with faults of AWS and Jira around them make no second ticket, job, endpoint or event."""
from fault import lifecycle


def test_kills_with_faults_around_them_make_nothing_twice(tmp_path):
    assert lifecycle.run(tmp_path, rounds=3, seed=20) == []
