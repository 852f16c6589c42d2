"""The driver without Spark: source text, functions, values, ways to end, what models leave behind."""
from __future__ import annotations

import ast
import json
import pathlib
import signal
import time

import pytest

from integration.spark.driver_job import DRIVER, PYTHON, DriverJob, asset
from sandbox.process import Process, wait_until

METRICS = {"jobType": "MODEL_BATCH_TEST_JOB", "function": "metrics"}


@pytest.fixture
def make(tmp_path):
    """Lays out a job; each in a folder of its own, with a name that needs quoting."""
    made: list[DriverJob] = []

    def make(source: str | bytes, **more) -> DriverJob:
        made.append(DriverJob(tmp_path / f"job {len(made)} é", source, **more))
        return made[-1]

    return make


@pytest.fixture
def end(make):
    """Runs a model; (exit status, standard output, standard error, result)."""
    def end(source: str | bytes, **more):
        job = make(source, **more)
        done = job.run()
        return done.returncode, done.stdout.decode(), done.stderr.decode(), job.result()
    return end


def metrics(end, body: str, **more) -> dict:
    """The result of a metrics function with this body."""
    code, _, err, result = end(f"def metrics(a, b, c):\n    {body}\n", **METRICS, **more)
    assert (code, err, result["outcome"]) == (0, "", "returned")
    return result


def test_no_newer_python_than_the_oldest_clusters_have():
    ast.parse(DRIVER.read_text(), feature_version=(3, 6))


def test_golden_result(make):
    job = make("def score(i, o, m):\n    print(i[0]['fileUrl'], o[0]['fileUrl'], m)\n", modelAssets=[asset("weights.bin", repositoryInfo={"repositoryType": "HDFS_REPOSITORY"})])
    done = job.run()
    result = job.result()
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.decode() == ("hdfs:///demo/in.csv hdfs:///demo/out.csv [{'assetType': 'EXTERNAL_FILE', 'filename': 'weights.bin', 'fileFormat': 'CSV', "
                                    "'fileUrl': 'hdfs:///demo/weights.bin', 'repositoryInfo': {'repositoryType': 'HDFS_REPOSITORY'}}]\n")
    assert 0 < result.pop("startedAt") <= result.pop("endedAt")
    assert result.pop("notes") == ["no application can be seen: No module named 'pyspark'"]
    assert result == {"version": 1, "tag": "mmj-5b0a2b1e8a2e4f6e-1", "outcome": "returned", "exitCode": 0, "function": "score", "values": [], "applications": []}
    assert sorted(path.name for path in job.folder.iterdir()) == [DRIVER.name, "application.json", "model_job_metadata.py", "model_source_code.py", "result.json"]


def test_nobody_answers_a_model_that_asks(end):
    code, _, _, result = end("def score(i, o, m):\n    input('really? ')\n")
    assert (code, result["outcome"], result["error"]["type"]) == (1, "raised", "EOFError")


# --- source text as exported (case 21) ---

EXPORTED = b"""from __future__ import annotations
def print_nothing(function): return function
#modelop.score
@print_nothing
def action(external_inputs: List, external_outputs: List, external_model_assets: List):
\t'''# modelop.metrics'''
\tif external_inputs:
\t\tprint("\xc3\xa9", len("\xc3\xa9"))
"""


@pytest.mark.parametrize("source", [
    EXPORTED, b"\xef\xbb\xbf" + EXPORTED, EXPORTED.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + EXPORTED.replace(b"\n", b"\r\n"), EXPORTED.replace(b"\n", b"\r"),
    b"# -*- coding: latin-1 -*-\n" + EXPORTED.replace(b"\xc3\xa9", b"\xe9"), EXPORTED.rstrip()], ids=["plain", "bom", "crlf", "bom-crlf", "cr", "latin-1", "no-newline"])
def test_source_is_read_as_python_reads_it(end, source):
    if PYTHON.endswith("3.6"):  # annotations that are not evaluated came later
        source = source.replace(b"annotations", b"division").replace(b": List", b"")
    assert end(source, function="action")[:3] == (0, "é 1\n", "")


@pytest.mark.parametrize("source,kind", [
    (b"def score(i, o, m)\n    pass\n", "SyntaxError"), (b"def score(i, o, m):\n\tif i:\n        pass\n", "TabError"), (b"x = '\xe9'\n", "SyntaxError"), (b"a\0b\n", ("ValueError", "SyntaxError"))],
    ids=["colon", "tabs", "not-utf-8", "nul"])
def test_source_that_is_no_python(end, source, kind):
    code, out, err, result = end(source)
    assert code == 1 and result["outcome"] == "raised" and result["error"]["type"] in kind
    assert err == result["error"]["traceback"] and err.splitlines()[-1].startswith(f"{result['error']['type']}: ") and DRIVER.name not in err


def test_siblings_and_files_by_bare_name(end):
    source = "import helper\nfrom lib import part\ndef score(i, o, m):\n    print(helper.name, part.name, open('cut offs.csv').read(), open('data/cut offs.csv').read(), __name__)\n"
    files = {"helper.py": "name = 'h'", "lib/part.py": "name = 'p'", "lib/__init__.py": "", "cut offs.csv": "one", "data/cut offs.csv": "two"}
    assert end(source, files=files)[:3] == (0, "h p one two model_source_code\n", "")


def test_files_in_folders_come_to_a_cluster_in_an_archive(make):
    """What is there already is left alone, and nothing is written outside."""
    job = make("from lib import part\ndef score(i, o, m):\n    print(part.name, open('data/cut offs.csv').read(), open('plain.csv').read())\n", files={"plain.csv": "mine"})
    source = (job.folder / "model_source_code.py").rename(job.folder.parent / "source").read_text()
    job.pack({"model_source_code.py": source, "lib/part.py": "name = 'p'", "data/cut offs.csv": "two", "plain.csv": "theirs", "../outside": "x", "/tmp/slipway-outside": "x"})
    done = job.run()
    assert (done.returncode, done.stdout) == (0, b"p two mine\n"), done.stderr
    assert not (job.folder.parent / "outside").exists() and not pathlib.Path("/tmp/slipway-outside").exists()


def test_the_driver_tells_that_it_has_begun_before_the_model_can_do_anything(make):
    job = make("import os\nprint(open(os.environ['APPLICATION']).read())\nos._exit(0)\n")
    assert job.run(APPLICATION=str(job.application_path)).stdout == b'{"version": 1, "tag": "mmj-5b0a2b1e8a2e4f6e-1", "applications": []}\n'


def test_the_model_is_a_module_like_any_other(end):
    source = """
import dataclasses, inspect, os, pickle, sys
@dataclasses.dataclass
class Row:
    a: int
def score(i, o, m):
    assert pickle.loads(pickle.dumps(Row(1))) == Row(1) and sys.modules[__name__].score is score
    assert inspect.getsource(score).startswith("def score") and os.path.isabs(__file__) and sys.argv[1:] == []
"""
    if PYTHON.endswith("3.6"):
        source = source.replace("import dataclasses, ", "import ").replace("@dataclasses.dataclass\nclass Row:\n    a: int", "def Row(a): return a")
    assert end(source)[:3] == (0, "", "")


# --- functions ---

@pytest.mark.parametrize("init,raw,said", [
    ("def init(): print('none')", None, "none"), ("def init(): print('none')", '{"model": {}}', "none"), ("def begin(job): print(job['rawJson'])".replace("begin", "init"), '{"a": 1}', '{"a": 1}'),
    ("def init(job=None): print(job)", None, "{'rawJson': '{}'}"), ("class Init:\n    def __call__(self): print('object')\ninit = Init()", None, "object")])
def test_init_runs_first_with_the_document_if_it_wants_it(end, init, raw, said):
    assert end(f"{init}\ndef score(i, o, m): print('score')\n", initFunction="init", rawJson=raw)[:2] == (0, f"{said}\nscore\n")


def test_failing_init_ends_the_job(end):
    code, out, err, result = end("def init():\n    1 / 0\ndef score(i, o, m): print('score')\n", initFunction="init")
    assert (code, out, result["outcome"], result["error"]["type"], result["error"]["message"]) == (1, "", "raised", "ZeroDivisionError", "division by zero")
    assert err.splitlines()[0] == "Traceback (most recent call last):" and err.splitlines()[-1] == "ZeroDivisionError: division by zero" and result["error"]["traceback"] == err
    assert "in init" in err and "    1 / 0" in err and DRIVER.name not in err


def test_dict_style_model(end):
    """Case 19: an early version of a public model expects dicts."""
    code, out, err, result = end("def score(external_inputs, external_outputs, external_model_assets):\n    print(list(external_inputs.values())[0])\n")
    assert code == 1 and err.splitlines()[-1] == "AttributeError: 'list' object has no attribute 'values'" and result["error"]["message"] == "'list' object has no attribute 'values'"


@pytest.mark.parametrize("source,said", [
    ("x = 1\n", "WrongModel: the model has no function called score"), ("score = 1\n", "WrongModel: the model has no function called score"),
    ("async def score(i, o, m): pass\n", "WrongModel: score is an async function, nobody awaits it here"), ("def score(data): pass\n", "TypeError: score() takes 1 positional argument but 3 were given")])
def test_a_function_that_cannot_be_called(end, source, said):
    code, out, err, result = end(source)
    assert code == 1 and err.splitlines()[-1].endswith(said) and result["outcome"] == "raised" and result["error"]["message"] in said


# --- ways to end ---

@pytest.mark.parametrize("body,outcome,code,said", [
    ("sys.exit(0)", "returned", 0, ""), ("sys.exit()", "returned", 0, ""), ("exit()", "returned", 0, ""), ("raise SystemExit", "returned", 0, ""), ("sys.exit(False)", "returned", 0, ""),
    ("sys.exit(3)", "exited", 3, ""), ("sys.exit(-1)", "exited", 255, ""), ("sys.exit(256)", "exited", 1, ""), ("sys.exit(True)", "exited", 1, ""), ("sys.exit('no data')", "exited", 1, "no data\n"),
    ("sys.exit(2.5)", "exited", 1, "2.5\n")])
def test_exit(end, body, outcome, code, said):
    status, _, err, result = end(f"import sys\ndef score(i, o, m):\n    {body}\n")
    assert (status, err, result["outcome"], result["exitCode"]) == (code, said, outcome, code)
    assert ("error" in result) == (outcome != "returned")


@pytest.mark.parametrize("source,init", [("import sys\nsys.exit(0)\ndef score(i, o, m): pass\n", None), ("def init(): exit()\ndef score(i, o, m): pass\n", "init")])
def test_exit_0_before_the_work_is_no_return(end, source, init):
    code, _, err, result = end(source, initFunction=init)
    assert code == 1 and result["outcome"] == "exited" and "score was never called" in result["error"]["message"] and result["error"]["message"] in err


@pytest.mark.parametrize("body,kind,last", [
    ("raise ValueError('boom')", "ValueError", "ValueError: boom"), ("class Own(Exception): pass\n    raise Own", "model_source_code.score.<locals>.Own", "Own"), ("raise KeyboardInterrupt", "KeyboardInterrupt", "KeyboardInterrupt"),
    ("assert False", "AssertionError", "AssertionError"), ("return score(i, o, m)", "RecursionError", "RecursionError: maximum recursion depth exceeded"),
    ("raise ValueError('\\ud800 \\x00')", "ValueError", "ValueError: \\ud800 \x00"), ("class E(Exception):\n        def __str__(self): 1 / 0\n    raise E", "model_source_code.score.<locals>.E", "<exception str() failed>")])
def test_exceptions_end_as_in_python(end, body, kind, last):
    code, _, err, result = end(f"def score(i, o, m):\n    {body}\n")
    assert code == 1 and last in err.splitlines()[-1] and (result["outcome"], result["error"]["type"]) == ("raised", kind)


def test_a_huge_message_is_cut_in_the_middle(end):
    _, _, _, result = end("def score(i, o, m):\n    raise ValueError('a' * 300000 + 'end')\n")
    assert len(result["error"]["message"]) < 66000 and result["error"]["message"].endswith("end") and "characters …]" in result["error"]["message"]


def test_leaving_by_os_exit_leaves_no_result(make):
    job = make("import os\ndef score(i, o, m):\n    os._exit(0)\n")
    assert job.run().returncode == 0 and job.result() is None


def test_sigterm_ends_at_once_without_a_result(make, tmp_path):
    job = make("import time\ndef score(i, o, m):\n    print('there', flush=True)\n    time.sleep(600)\n")
    # Python inherits what its parent ignores: as from a runtime that was started with SIGTERM ignored.
    child = Process(["sh", "-c", "trap '' TERM; exec \"$@\"", "sh", PYTHON, job.driver], tmp_path / "log")
    wait_until(lambda: "there" in child.output(), "the model runs")
    child.child.send_signal(signal.SIGTERM)
    assert child.child.wait(10) == -signal.SIGTERM and job.result() is None  # 143 to the JVM, which passes it on


@pytest.mark.parametrize("handler", ["lambda *_: sys.exit(0)", "lambda *_: None"])
def test_a_model_that_catches_sigterm_leaves_no_result_either(make, tmp_path, handler):
    job = make(f"import signal, sys\ndef score(i, o, m):\n    signal.signal(signal.SIGTERM, {handler})\n    print('there')\n    signal.pause()\n")
    child = Process([PYTHON, job.driver], tmp_path / "log")
    wait_until(lambda: "there" in child.output(), "the model runs")
    child.child.send_signal(signal.SIGTERM)
    assert child.child.wait(10) == 143 and job.result() is None


def test_a_signal_to_a_child_of_the_model_is_not_ours(end):
    source = """
import multiprocessing, signal, time
def score(i, o, m):
    signal.signal(signal.SIGTERM, lambda *_: exit(0))
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
    child.start()
    time.sleep(0.1)
    child.terminate()
    child.join()
"""
    code, _, _, result = end(source)
    assert (code, result["outcome"]) == (0, "returned")


def test_a_forked_child_that_comes_back_does_not_report(make):
    job = make("import os\ndef score(i, o, m):\n    if os.fork() == 0:\n        raise ValueError('child')\n    assert os.WEXITSTATUS(os.wait()[1]) == 1\n")
    assert job.run().returncode == 0 and job.result()["outcome"] == "returned"


def test_a_result_that_cannot_be_written_fails_the_job(make):
    job = make("def score(i, o, m):\n    print('done')\n", resultPath="/nonexistent/result.json")
    done = job.run()
    assert (done.returncode, done.stdout) == (1, b"done\n") and b"could not be written to /nonexistent/result.json" in done.stderr


def test_metadata_of_another_version(make):
    job = make("def score(i, o, m): pass\n", version=2)
    done = job.run()
    assert done.returncode == 1 and b"has version 2" in done.stderr and job.result() is None


# --- what models leave behind ---

@pytest.mark.parametrize("daemon", [True, False])
def test_threads_left_behind(end, daemon):
    start = time.monotonic()
    code, out, _, result = end(f"import threading, time\ndef score(i, o, m):\n    threading.Thread(target=time.sleep, args=(600,), daemon={daemon}).start()\n    print('done')\n")
    assert (code, out, result["outcome"]) == (0, "done\n", "returned") and time.monotonic() - start < 20


def test_a_thread_may_finish_and_exit_handlers_run(end):
    source = "import atexit, threading, time\ndef late():\n    time.sleep(0.5)\n    print('late')\ndef score(i, o, m):\n    threading.Thread(target=late).start()\n    atexit.register(print, 'bye')\n"
    assert end(source)[:3] == (0, "late\nbye\n", "")


def test_an_exit_handler_changes_nothing(end):
    code, _, err, result = end("import atexit, os\ndef score(i, o, m):\n    atexit.register(lambda: 1 / 0)\n")
    assert code == 0 and "ZeroDivisionError" in err and result["outcome"] == "returned"


# --- printing ---

def test_text_of_any_kind_can_be_printed(make):
    job = make("import sys\ndef score(i, o, m):\n    print('\\ud800 é \\x00', b'\\xff')\n    sys.stdout.buffer.write(b'\\xff\\n')\n    print('\\udcff', file=sys.stderr)\n    print('progress', end='')\n")
    done = job.run(LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout, done.stderr) == (0, "\\ud800 é \0 b'\\xff'\n".encode() + b"\xff\nprogress", b"\\udcff\n")


@pytest.mark.parametrize("body", [
    "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'utf-8')", "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), 'utf-8')", "sys.stdout = io.open(1, 'w', closefd=False)"])
def test_streams_wrapped_by_the_model(end, body):
    assert end(f"import io, sys\ndef score(i, o, m):\n    {body}\n    print('shown')\n")[:2] == (0, "shown\n")


@pytest.mark.parametrize("body", ["sys.stderr.close()", "sys.stderr = io.StringIO()", "sys.stderr = None", "del sys.stderr", "sys.stdout.close()"])
def test_streams_closed_or_lost_hide_no_traceback(end, body):
    code, _, err, result = end(f"import io, sys\ndef score(i, o, m):\n    {body}\n    raise ValueError('boom')\n")
    assert code == 1 and "ValueError: boom" in err and result["outcome"] == "raised"


# --- values of a metrics function ---

@pytest.mark.parametrize("body,values", [
    ("yield {'auc': 0.5}\n    yield 2", [{"auc": 0.5}, 2]), ("return {'auc': 0.5}", [{"auc": 0.5}]), ("return [1, 2]", [[1, 2]]), ("return 'text'", ["text"]), ("return None", []), ("yield", []),
    ("return map(str, (1, 2))", ["1", "2"]), ("return iter([{'a': (1, 2)}])", [{"a": [1, 2]}]), ("yield {'a': 1}\n    exit()", [{"a": 1}]), ("yield True\n    yield {2: None, None: 1, True: 2}", [True, {"2": None, "null": 1, "true": 2}]),
    ("import decimal, datetime\n    yield decimal.Decimal('1.5'), decimal.Decimal(2 ** 60), datetime.date(2026, 1, 2)", [[1.5, 2 ** 60, "2026-01-02"]]),
    ("yield '\\ud800'\n    yield 2 ** 64 - 1", ["\\ud800", 2 ** 64 - 1])])
def test_values_that_are_kept(end, body, values):
    result = metrics(end, body)
    assert result["values"] == values and result["notes"][1:] == []


def test_what_json_cannot_say_becomes_null_and_is_said(end):
    result = metrics(end, "yield {'auc': float('nan'), 'ks': [1, float('-inf')], 'big': 10 ** 400, 'd': __import__('decimal').Decimal('NaN')}")
    assert result["values"] == [{"auc": None, "ks": [1, None], "big": None, "d": None}]
    assert result["notes"][1:] == ["values[0].auc is nan: null instead", "values[0].ks[1] is -inf: null instead", "values[0].big is beyond the numbers of JSON: null instead", "values[0].d is nan: null instead"]


def test_what_is_no_json_is_left_out_and_said(end):
    result = metrics(end, "deep = []\n    for _ in range(100): deep = [deep]\n    ring = []; ring.append(ring)\n    yield object()\n    yield b'x'\n    yield deep\n    yield ring\n    yield 1")
    assert result["values"] == [1]
    assert result["notes"][1:3] == ["values[0] is left out: values[0] is a object, which is not JSON", "values[1] is left out: values[1] is a bytes, which is not JSON"]
    assert all("nested too deeply" in note for note in result["notes"][3:]) and len(result["notes"]) == 5


def test_what_is_no_json_takes_nothing_else_along(end):
    result = metrics(end, "yield {'auc': 0.9, 'seen': {1, 2}, 'by': [{'n': 1, 'm': print}, object(), 3], 'odd': {'f': print}}\n    yield [print]")
    assert result["values"] == [{"auc": 0.9, "by": [{"n": 1}, None, 3], "odd": {}}, [None]]
    assert result["notes"][1:] == [
        "values[0].seen is left out: it is a set, which is not JSON",
        "values[0].by[0].m is left out: it is a builtin_function_or_method, which is not JSON",
        "values[0].by[1] is a object, which is not JSON: null instead",
        "values[0].odd.f is left out: it is a builtin_function_or_method, which is not JSON",
        "values[1][0] is a builtin_function_or_method, which is not JSON: null instead",
    ]


def test_values_up_to_the_limit(end):
    result = metrics(end, "for n in range(100000): yield 'x' * 100", resultLimit=1000)
    assert result["values"] == ["x" * 100] * 9 and result["notes"][1:] == ["99991 values are left out: together they are more than 1000 bytes"]


def test_notes_leave_room_for_the_result(end):
    result = metrics(end, "for _ in range(40): yield {'\\U0001F600' * 60000: float('nan')}")
    assert len(json.dumps(result)) < 4 << 20 and "values are left out" in result["notes"][-1], [len(note) for note in result["notes"]]


def test_values_before_a_failure_are_kept(end):
    code, _, _, result = end("def metrics(i, o, m):\n    yield 1\n    raise ValueError('boom')\n", **METRICS)
    assert code == 1 and result["values"] == [1] and result["outcome"] == "raised" and "yield" not in result["error"]["traceback"]


def test_a_scoring_function_is_drained_and_nothing_kept(end):
    assert end("def score(i, o, m):\n    for n in range(3):\n        print(n)\n        yield {'n': n}\n")[1:] [0] == "0\n1\n2\n"
    assert end("def score(i, o, m):\n    yield {'n': 1}\n")[3]["values"] == []


def test_an_object_that_only_looks_iterable_is_left_alone(end):
    source = "class Frame:\n    def __iter__(self):\n        print('touched')\n        return iter([1])\ndef score(i, o, m):\n    return Frame()\n"
    assert end(source)[:2] == (0, "")


# --- YARN in cluster mode ---

PYSPARK = """
class SparkContext:
    master, applicationId, uiWebUrl, startTime, _active_spark_context = "yarn", "application_1_0001", None, 1, None
    def __init__(self): self._do_init()
    def _do_init(self): print("OPENED")
    def stop(self): print("STOPPED")
    @classmethod
    def getOrCreate(cls): return cls()
"""


@pytest.mark.parametrize(("container", "body", "opened"), [
    ("container_1_0001_01_000001", "pass", 1), (None, "pass", 0), ("container_1_0001_01_000001", "from pyspark import SparkContext; SparkContext()", 1),
    ("container_1_0001_01_000001", "raise ValueError", 0)])
def test_yarn_wants_one_context_of_a_function_that_returned(make, container, body, opened):
    job = make(f"def score(i, o, m):\n    {body}\n", files={"pyspark/__init__.py": PYSPARK}, expectedMaster="yarn")
    done = job.run(**({"CONTAINER_ID": container} if container else {}))
    assert done.stdout.decode().count("OPENED") == opened, (done.stdout, done.stderr)


WARNED = "Failed to add file [file:///var/lib/slipway/jobs/j/files/model_source_code.py] specified in 'spark.submit.pyFiles' to Python path:  /a"


@pytest.mark.parametrize(("container", "warned"), [("container_1_0001_01_000001", 0), (None, 1)])
def test_files_of_the_edge_host_are_no_warning_on_a_cluster_that_has_them_elsewhere(make, container, warned):
    """YARN lays them into __pyfiles__; Spark looks for them under their address on the edge host as well, and says at length that they are not there."""
    warns = PYSPARK.replace('print("OPENED")', f"import warnings; warnings.warn({WARNED!r}, RuntimeWarning)")
    body = "import warnings; from pyspark import SparkContext; SparkContext(); warnings.warn('of the model', RuntimeWarning)"
    done = make(f"def score(i, o, m):\n    {body}\n", files={"pyspark/__init__.py": warns}, expectedMaster="yarn").run(**({"CONTAINER_ID": container} if container else {}))
    said = (done.stdout + done.stderr).decode()
    assert (said.count("RuntimeWarning: Failed to add file"), "of the model" in said) == (warned, True), said
