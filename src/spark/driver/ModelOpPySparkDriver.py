"""The file that spark-submit is given for every PySpark job: runs the function of the model and reports how it ended.

Beside it, or on sys.path, lie `model_source_code.py` with the model's bytes as they were posted and `model_job_metadata.py`
with what to do (METADATA, version 1). It writes `application.json` when it begins and again as soon as a SparkContext has
started, and `result.json` when nothing of the model's can change the outcome any more; times are milliseconds since 1970.
No result means that the model never came to an end of its own: the process was killed, or left by os._exit.

No session is opened here before or instead of the model's own. Clusters with Spark 2.4 and Python 3.6 are in use: nothing
newer than those is needed.
"""
import atexit
import collections.abc
import datetime
import decimal
import errno
import functools
import inspect
import io
import json
import math
import os
import signal
import sys
import tarfile
import tempfile
import threading
import time
import traceback
import types
import warnings
import zipfile

SOURCE = "model_source_code"
ARCHIVE = "job_files.tar"
MODULES = "model_modules.zip"
STARTED_IN = os.getcwd()
METRICS_JOB = "MODEL_BATCH_TEST_JOB"
OPEN_GRACE = 60  # seconds for a context that YARN wants and the model did not open
THREAD_GRACE = 5  # seconds that threads and exit handlers of the model have once its function has returned
ROOM_GRACE = 600  # seconds that a disk without room for the result is waited for
STOP_GRACE = 30  # seconds that an open SparkContext has to say goodbye
TEXT_LIMIT = 65536  # characters of an error's message or traceback, and of one note
NOTES_LIMIT = 50
NOTES_BYTES = 1048576  # of all notes in the result, as JSON: its reader takes 8 MiB, and a result that is cut is none
VALUES_LIMIT = 1048576  # bytes, where the metadata has no resultLimit
DEPTH_LIMIT = 48  # of a value; the reader of the result refuses 64


class OwnMaster(Exception):
    """The model has opened its session on another master than the one the job is for."""


class WrongModel(Exception):
    """The source lacks what the job needs of it. Said in one line: a traceback would only show this file."""


class NotJson(TypeError):
    """One value that cannot be written as JSON, whatever stands beside it."""

    def __init__(self, where, kind):
        super(NotJson, self).__init__("%s is a %s, which is not JSON" % (where, kind))
        self.where, self.kind = where, kind


class Job(object):
    """What is known of the run so far. Used by one thread, but for `started`, which PySpark calls under its own lock."""

    def __init__(self, metadata, files):
        if metadata.get("version") != 1:
            raise WrongModel("model_job_metadata.py has version %r, this driver understands 1" % metadata.get("version"))
        self.metadata = metadata
        self.files = files  # where they lie
        self.notes = []
        self.notes_bytes = 0
        self.applications = []
        self.began = now()
        self.own_master = None  # the OwnMaster that was raised, even where the model has caught it

    def note(self, text):
        text = clip(text)
        size = len(encode(text))
        if len(self.notes) < NOTES_LIMIT and self.notes_bytes + size <= NOTES_BYTES:
            self.notes.append(text)
            self.notes_bytes += size

    def started(self, context):
        """A SparkContext is up: tells the runtime its id, and checks where it is."""
        try:
            tracking = context.uiWebUrl
        except Exception:  # Spark 2.4 without its page
            tracking = None
        self.applications.append({"id": context.applicationId, "master": context.master, "trackingUrl": tracking, "startedAt": int(context.startTime)})
        self.tell_applications()
        self.check_master(context.master)

    def ship_modules(self, context):
        """Executors find modules in folders, too: spark-submit gives them those with a bare name alone."""
        names = self.metadata.get("modules")
        if not names or place(context.master) == "local":
            return
        folders = {name[:at] for name in names for at in range(len(name)) if name[at] == "/"}
        path = os.path.join(self.files, MODULES)
        with zipfile.ZipFile(path, "w") as archive:
            for folder in sorted(folders):  # without their own entries, packages that have no __init__.py are not found
                archive.writestr(folder + "/", "")
            for name in names:
                archive.write(os.path.join(self.files, name), name)
        context.addPyFile(path)

    def tell_applications(self):
        """Without applications it says that the driver has begun: from then on the model may have had effects."""
        path, url = self.metadata.get("applicationPath"), self.metadata.get("applicationUrl")
        document = {"version": 1, "tag": self.metadata.get("tag"), "applications": self.applications}
        try:
            if path:
                write_file(path, encode(document))
            elif url:  # a worker of a standalone cluster starts each driver in a folder of its id
                write_url(url, encode(dict(document, driverId=os.path.basename(STARTED_IN))))
        except Exception as error:
            self.note("%s could not be written: %s" % (path or url, error))

    def check_master(self, found):
        expected = self.metadata.get("expectedMaster")
        if not expected or found == expected:
            return
        if place(found) == place(expected):
            self.note("the model asked for %s itself, the runtime's master is %s" % (found, expected))
            return
        text = "the model opened its session on %s, but this job is for %s: take the master out of the source" % (found, expected)
        if self.metadata.get("onOwnMaster") == "warn":
            self.note(text)
            return
        self.own_master = OwnMaster(text)
        raise self.own_master


def run(job):
    """The outcome as (outcome, exit status, values, exception or None)."""
    wanted, stage, values = job.metadata["function"], "loaded", []
    outcome, code, error = "returned", 0, None
    try:
        module = load()
        function = named(module, wanted)
        if job.metadata.get("initFunction"):
            stage = "initialised"
            initialise(named(module, job.metadata["initFunction"]), job.metadata.get("rawJson"))
        stage = "called"
        collect(function(*[job.metadata.get(name) or [] for name in ("inputs", "outputs", "modelAssets")]), values, job)
    except SystemExit as left:
        code = exit_status(left.code)
        if code:
            outcome, error = "exited", left
        elif stage != "called":
            outcome, code, error = "exited", 1, WrongModel("the model ended with exit(0) while it was being %s: %s was never called" % (stage, wanted))
    except BaseException as raised:  # whatever a model throws is its own end, not the driver's
        outcome, code, error = "raised", 1, raised
    if job.own_master:
        outcome, code, error = "raised", 1, job.own_master
    if outcome == "returned":
        open_if_none(job)
    return outcome, code, values, error


def load():
    """The model as a module, from its own bytes: byte order mark, line ends and encoding cookie are the compiler's matter."""
    path = next((path for path in (os.path.join(folder, SOURCE + ".py") for folder in sys.path) if os.path.isfile(path)), None)
    if path is None:
        raise WrongModel("%s.py is neither beside the driver nor on sys.path" % SOURCE)
    module = types.ModuleType(SOURCE)
    module.__file__ = path
    sys.modules[SOURCE] = module
    send_by_value(module)
    with open(path, "rb") as file:
        text = file.read()
    exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
    return module


def send_by_value(module):
    """Functions of the model travel to executors whole, as those of a script do: there, importing it could open a session."""
    try:
        from pyspark.cloudpickle import register_pickle_by_value
        register_pickle_by_value(module)
    except ImportError:
        pass  # an older PySpark: executors import it, spark-submit was given it in --py-files


def named(module, name):
    function = getattr(module, name, None)
    if not callable(function):
        raise WrongModel("the model has no function called %s" % name)
    return function


def initialise(function, raw_json):
    """Some models take the job's document, most take nothing."""
    try:
        inspect.signature(function).bind({})
        arguments = [{"rawJson": raw_json or "{}"}]
    except (TypeError, ValueError):
        arguments = []
    function(*arguments)


def collect(result, values, job):
    """Drains what yields; keeps what a metrics function gives, as far as JSON and the limit go."""
    if inspect.iscoroutine(result) or inspect.isasyncgen(result):
        raise WrongModel("%s is an async function, nobody awaits it here" % job.metadata["function"])
    keep, limit = job.metadata.get("jobType") == METRICS_JOB, job.metadata.get("resultLimit")
    limit = VALUES_LIMIT if limit is None else limit
    left, dropped = limit, 0
    for number, value in enumerate(result if isinstance(result, collections.abc.Iterator) else [result]):
        if not keep or value is None:
            continue
        try:
            value = plain(value, "values[%d]" % number, job.note)
        except (TypeError, RecursionError) as error:
            job.note("values[%d] is left out: %s" % (number, error))
            continue
        left -= len(json.dumps(value)) + 1
        if left < 0:
            dropped += 1
        else:
            values.append(value)
    if dropped:
        job.note("%d values are left out: together they are more than %d bytes" % (dropped, limit))


def open_if_none(job):
    """YARN ends the application of a cluster's driver that never had a context as FAILED, whatever its function did."""
    if job.applications or place(job.metadata.get("expectedMaster")) != "yarn" or not os.environ.get("CONTAINER_ID"):
        return

    def open_and_stop():
        try:
            from pyspark import SparkContext
            SparkContext.getOrCreate().stop()
        except Exception as error:
            job.note("the model opened no Spark session, and none could be opened for it: %s" % error)

    helper = threading.Thread(target=open_and_stop, daemon=True)
    helper.start()
    helper.join(OPEN_GRACE)


def exit_status(code):
    """What Python would leave for sys.exit(code); a failure stays one where the system would cut it to 0."""
    if code is None:
        return 0
    if not isinstance(code, int):
        return 1
    return code & 0xFF or (1 if code else 0)


def watch_contexts(job):
    """Tells `job` of each SparkContext that starts, whoever opens it and however."""
    try:
        from pyspark import SparkContext
    except Exception as error:  # a PySpark that does not load is for the model to meet, in its own line
        job.note("no application can be seen: %s" % error)
        return
    if os.environ.get("CONTAINER_ID"):  # YARN has laid these files into __pyfiles__; Spark also misses them where they were on the edge host, at length
        warnings.filterwarnings("ignore", r"Failed to add file \[file:", RuntimeWarning)
    start = SparkContext._do_init

    @functools.wraps(start)
    def start_and_tell(context, *positional, **named_arguments):
        start(context, *positional, **named_arguments)
        job.started(context)
        job.ship_modules(context)

    SparkContext._do_init = start_and_tell


def place(master):
    """Equal for two masters that are one cluster, however they are written."""
    text = (master or "").strip().rstrip("/")
    if text == "local" or text.startswith("local["):
        return "local"
    if text in ("yarn-client", "yarn-cluster"):
        return "yarn"
    if text.startswith("spark://"):
        return "spark://" + ",".join(sorted(text[len("spark://"):].lower().split(",")))
    return text


def plain(value, where, note, depth=0):
    """`value` made of what the reader of the result takes; TypeError where that cannot be."""
    if depth > DEPTH_LIMIT:
        raise TypeError("%s is nested too deeply" % where)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, decimal.Decimal):
        value = int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, (int, float)):
        return number_of(value, where, note)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    for way in ("asDict", "tolist"):  # Row of PySpark; arrays and scalars of NumPy
        if callable(getattr(type(value), way, None)):
            return plain(getattr(value, way)(), where, note, depth + 1)
    if isinstance(value, dict):
        return members_of(value, where, note, depth)
    if isinstance(value, (list, tuple)):
        return entries_of(value, where, note, depth)
    raise NotJson(where, type_name(type(value)))


def members_of(value, where, note, depth):
    """Without those that are no JSON, which are said: they take nothing else along."""
    out = {}
    for key, member in value.items():
        try:
            out[key_of(key)] = plain(member, "%s.%s" % (where, key_of(key)), note, depth + 1)
        except NotJson as error:
            note("%s is left out: it is a %s, which is not JSON" % (error.where, error.kind))
    return out


def entries_of(value, where, note, depth):
    """With null for what is no JSON, which is said: the others keep their places."""
    out = []
    for number, member in enumerate(value):
        try:
            out.append(plain(member, "%s[%d]" % (where, number), note, depth + 1))
        except NotJson as error:
            note("%s: null instead" % error)
            out.append(None)
    return out


def number_of(value, where, note):
    if isinstance(value, int) and -2 ** 63 <= value < 2 ** 64:
        return int(value)
    try:
        if math.isfinite(value):
            return float(value)
        shown = repr(float(value))
    except OverflowError:
        shown = "beyond the numbers of JSON"
    note("%s is %s: null instead" % (where, shown))
    return None


def key_of(key):
    return text_of(key if isinstance(key, str) else json.dumps(key) if key is None or isinstance(key, bool) else str(key))


def text_of(value):
    """Without lone surrogates, which no UTF-8 has."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def clip(text):
    text = text_of(text)
    return text if len(text) <= TEXT_LIMIT else "%s\n[… %d characters …]\n%s" % (text[:TEXT_LIMIT // 2], len(text) - TEXT_LIMIT, text[-TEXT_LIMIT // 2:])


def encode(document):
    return json.dumps(document, allow_nan=False).encode("ascii")


def type_name(kind):
    """As Python's own last line of a traceback has it."""
    return kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else "%s.%s" % (kind.__module__, kind.__qualname__)


def forget_driver(error):
    """Lets the traceback begin with the model's first frame, as if Python had called it by itself."""
    trace, this = error.__traceback__, forget_driver.__code__.co_filename
    while trace is not None and trace.tb_frame.f_code.co_filename == this:
        trace = trace.tb_next
    error.__traceback__ = trace


def describe(error):
    try:
        message = str(error)
    except Exception:
        message = "<its text cannot be made>"
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return {"type": type_name(type(error)), "message": clip(message), "traceback": clip("".join(lines))}


def show(error):
    """On standard error what Python itself would print at its end."""
    try:
        if isinstance(error, (WrongModel, OwnMaster)):
            print("%s: %s" % (type_name(type(error)), error), file=sys.stderr)
        elif not isinstance(error, SystemExit):
            sys.excepthook(type(error), error, error.__traceback__)
        elif not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
    except Exception:  # the model closed the stream, or its own hook fails
        pass


def report(job, outcome, code, values, error):
    """Writes the result; False, and a line on standard error, where that fails."""
    metadata = job.metadata
    document = {"version": 1, "tag": metadata.get("tag"), "outcome": outcome, "exitCode": code, "function": metadata.get("function"), "values": values,
                "notes": job.notes, "applications": job.applications, "startedAt": job.began, "endedAt": now()}
    if error is not None:
        document["error"] = describe(error)
    try:
        data = encode(document)
        if metadata.get("resultPath"):
            write_patiently(metadata["resultPath"], data)
        if metadata.get("resultUrl"):
            write_url(metadata["resultUrl"], data)
        return True
    except Exception as fault:
        print("The result of %s could not be written to %s: %s" % (
            metadata.get("function"), metadata.get("resultPath") or metadata.get("resultUrl"), fault), file=sys.stderr)
        return False


def write_patiently(path, data):
    """What the model itself has filled the disk with may go in a moment: an end that is not told is lost."""
    until = time.monotonic() + ROOM_GRACE
    while True:
        try:
            return write_file(path, data)
        except OSError as fault:
            if fault.errno not in (errno.ENOSPC, errno.EDQUOT) or time.monotonic() > until:
                raise
        time.sleep(1)


def write_file(path, data):
    """Whole or not at all, also after a crash of the machine."""
    path = path.encode("utf-8")  # not as the locale of an old Python would have it
    part = path + b".part"
    with open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_url(url, data):
    """The same through Hadoop's file systems, with the credentials the application has. Works whether or not a session was ever opened."""
    from pyspark import SparkContext
    SparkContext._ensure_initialized()
    jvm = SparkContext._jvm
    conf = jvm.org.apache.spark.deploy.SparkHadoopUtil.get().newConfiguration(jvm.org.apache.spark.SparkConf())
    target, part = jvm.org.apache.hadoop.fs.Path(url), jvm.org.apache.hadoop.fs.Path(url + ".part")
    system = target.getFileSystem(conf)
    out = system.create(part, True)
    try:
        out.write(bytearray(data))
    finally:
        out.close()
    if not system.rename(part, target):
        system.delete(target, False)  # of an earlier try: some file systems do not replace
        if not system.rename(part, target):
            raise OSError("%s.part could not be renamed" % url)


def wind_up():
    """Gives what the model left open a bounded time. Nothing here changes the outcome any more."""
    within(THREAD_GRACE, join_threads)
    within(STOP_GRACE, stop_context)
    within(THREAD_GRACE, atexit._run_exitfuncs)


def within(seconds, work):
    def quietly():
        try:
            work()
        except BaseException as error:
            print("while the driver ended: %s" % error, file=sys.stderr)
    helper = threading.Thread(target=quietly, daemon=True)
    helper.start()
    helper.join(seconds)


def join_threads():
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()


def stop_context():
    context = getattr(sys.modules.get("pyspark"), "SparkContext", None)
    if context and context._active_spark_context:
        context._active_spark_context.stop()


def now():
    return int(time.time() * 1000)


def flush(streams):
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # closed by the model, or something else that it has put there
            pass


def open_streams():
    """Text of any kind can be printed, at once, and in UTF-8 whatever the host's locale. Gives back what was there before."""
    before = getattr(sys, "stdout", None), getattr(sys, "stderr", None)
    flush(before)
    sys.stdout, sys.stderr = stream_to(1), stream_to(2)
    return before


def stream_to(number):
    try:
        raw = io.FileIO(number, "w", closefd=False)
    except OSError:  # the model has closed it
        raw = io.FileIO(os.devnull, "w")
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True, write_through=True)


def close_input():
    """Nobody sits there: a model that asks, or stops in a debugger, meets the end of its input and does not wait for ever."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def prepare():
    """Folders as the model may expect them: files by bare name and siblings by import, both in the job's own folder, which it gives back."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.dont_write_bytecode = True
    place = unpack(here)
    sys.path[:] = [place] + [path for path in map(os.path.abspath, sys.path) if path != place]
    if os.path.isfile(os.path.join(place, SOURCE + ".py")):
        os.chdir(place)
    return place


def unpack(here):
    """Spark ships files by their bare name: on a cluster those in folders come in an archive. What is there already stays, it may be a link.

    Gives back where the files are: beside the driver, or, where that is a folder that only others may write to, in one of its own."""
    archive = os.path.join(here, ARCHIVE)
    if not os.path.isfile(archive):
        return here
    place = here if os.access(here, os.W_OK) else tempfile.mkdtemp(prefix="modelop-")
    with tarfile.open(archive, encoding="utf-8") as tar:
        for member in tar:
            target = os.path.normpath(os.path.join(place, member.name))
            if member.isfile() and target.startswith(place + os.sep) and not os.path.lexists(target):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, "wb") as file:
                    file.write(tar.extractfile(member).read())
    return place


def watch_signals():
    """SIGTERM ends the process, whatever it has inherited. Where the model catches it, the bytes that can be read tell that it came."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    if hasattr(os, "register_at_fork"):  # what a child is sent is not meant for us
        os.register_at_fork(after_in_child=stop_watching)
    else:  # Python 3.6
        from multiprocessing.util import register_after_fork
        register_after_fork(stop_watching, lambda _: stop_watching())
    return reader


def stop_watching():
    signal.set_wakeup_fd(-1)


def terminated(reader):
    try:
        return signal.SIGTERM in os.read(reader, 65536)
    except OSError:
        return False


def main():
    open_streams()
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    process, signals = os.getpid(), watch_signals()
    files = prepare()
    close_input()
    from model_job_metadata import METADATA
    job = Job(METADATA, files)
    job.tell_applications()
    watch_contexts(job)
    outcome, code, values, error = run(job)
    used_by_model = open_streams()
    if os.getpid() != process:  # a child that the model has forked and that came back here
        os._exit(code)
    if terminated(signals):  # the model went quietly, but it did not come to an end of its own
        os._exit(128 + signal.SIGTERM)
    if error is not None:
        forget_driver(error)
        show(error)
    if not report(job, outcome, code, values, error):
        code = code or 1
    wind_up()
    flush(used_by_model)
    os._exit(code)


if __name__ == "__main__":
    main()
