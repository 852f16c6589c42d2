"""The example of docs/life-cycles.md, as a person does it on the command line."""
import json

import pytest

from sandbox.mlc import Mlc
from sandbox.process import ROOT

EXAMPLE = (ROOT / "docs/examples/model-review.bpmn").read_text()


@pytest.fixture
def people(server, admin, tmp_path):
    """Someone who asks for reviews, and someone of the group that does them, with a process of their own."""
    asker, reviewer = Mlc(admin.new_user(["task-group"])), Mlc(admin.new_user(["task-group", "task-reviewers"]))
    file = tmp_path / "review.bpmn"
    file.write_text(EXAMPLE.replace("Model_Review", asker.key).replace('candidateGroups="risk"', 'candidateGroups="task-reviewers"'))

    def run(who: Mlc, *words: str, code: int = 0) -> str:
        done = server.cli(*words, token=who.rest.token)
        assert done.returncode == code, f"slipway {' '.join(words)} → {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if code == 0 else done.stderr
    run(asker, "lifecycle", "deploy", str(file), "--group", "task-group")
    return asker, reviewer, run


def test_the_example_of_the_guide_is_done_on_the_command_line(people):
    asker, reviewer, run = people
    instance = asker.start("churn, November")["id"]
    of = ("--process", asker.key)
    assert asker.key not in run(asker, "task", "list", *of, "--mine"), "it is for reviewers"
    listed = run(reviewer, "task", "list", *of, "--mine")
    assert "Review the model" in listed and "anyone in task-reviewers" in listed, listed
    task, = json.loads(run(reviewer, "task", "list", *of, "--mine", "-o", "json"))
    assert run(reviewer, "task", "list", *of, "-o", "name").split() == [task["id"]]
    shown = run(asker, "lifecycle", "show", instance)
    assert f"slipway task complete {task['id']}" in shown and "due in" in shown, shown
    assert json.loads(run(asker, "lifecycle", "instances", asker.key, "-o", "json"))[0]["openTasks"] == 1
    assert "Read the documentation of the model" in run(reviewer, "task", "show", instance)
    assert "is for others" in run(asker, "task", "complete", instance, code=4)
    assert reviewer.rest.username in run(reviewer, "task", "claim", task["id"])
    assert f"is {reviewer.rest.username}'s" in run(asker, "task", "release", task["id"], code=5)
    assert "anyone in task-reviewers" in run(reviewer, "task", "release", task["id"])
    run(reviewer, "task", "complete", instance, "--var", "approved", code=2)
    ended = run(reviewer, "task", "complete", instance, "--var", "approved=true", "--var", "riskClass=LOW", "--var", "months=12", "--var", "comment=sound: a=b")
    assert "APPROVED" in ended, ended
    known = {one["name"]: (one["type"], one["value"]) for one in asker.get("history/variable-instance", processInstanceId=instance)}
    assert known["approved"] == ("Boolean", True) and known["months"][1] == 12 and known["comment"] == ("String", "sound: a=b"), known
    run(reviewer, "task", "complete", task["id"], code=3)
    run(reviewer, "task", "show", instance, code=3)


def test_a_list_of_tasks_is_as_long_as_there_are_tasks(people):
    asker, reviewer, run = people
    for number in range(3):
        asker.start(f"{number}")
    of = ("--process", asker.key)
    assert len(run(reviewer, "task", "list", *of, "--all", "-o", "name").split()) == 3
    assert len(run(reviewer, "task", "list", *of, "--limit", "2", "-o", "name").split()) == 2
    assert reviewer.get("task/count", processDefinitionKey=asker.key, mine="true") == {"count": 3}
