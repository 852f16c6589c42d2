"""What `./dev package` makes: the tarball anywhere, in a bare root too, and the container image as its own configuration says to run it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

import pytest
import requests
import yaml

from fault.stub_spark import StubSpark
from sandbox.process import ROOT, Process, free_port, wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import BINARY, PASSWORD, Slipway, clean_environment
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client

PACKAGES = ROOT / "build/packages"


def only(pattern: str) -> pathlib.Path:
    found = sorted(PACKAGES.glob(pattern))
    assert len(found) == 1, f"build/packages must have one {pattern}: run ./dev package"
    return found[0]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory) -> pathlib.Path:
    """The tarball in a folder with a blank in its name."""
    folder = tmp_path_factory.mktemp("some where")
    with tarfile.open(only("*-linux-x86_64.tar.gz")) as archive:
        assert all(member.uid == 0 and not member.mode & 0o6022 for member in archive if not member.isdir()), "owner, setuid or writable by others"
        archive.extractall(folder)
    return next(folder.iterdir())


def mapped(pid: int) -> set[str]:
    """Files that a process has mapped to execute."""
    lines = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {line.split(maxsplit=5)[5] for line in lines if " r-xp " in line and "/" in line}


def test_the_tarball_takes_nothing_from_the_machine(unpacked, tmp_path):
    server = Slipway(tmp_path)
    server.process = Process([str(unpacked / "bin/slipway"), *server.command()[1:]], server.log_file, server.environment)
    wait_until(server.ready, "the server is ready", 30)
    files = mapped(server.process.child.pid)
    assert files and all(file.startswith(str(unpacked)) for file in files), files
    Rest.sign_in(server.url, "admin", PASSWORD).new_model("one", group="modelop")
    assert server.stop() == 0


def test_its_runtime_leaves_the_environment_of_spark_alone(unpacked, tmp_path, server, admin):
    spark = StubSpark(tmp_path)
    seen = tmp_path / "environment"
    submit = spark.home / "bin/spark-submit"
    submit.write_text(submit.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\nenv >'{seen}'\n", 1))
    runtime = SparkRuntime(tmp_path, server.url, machine_client(admin, "packaged-edge"), {"master": "local[1]"}, name="packaged", spark=spark,
                           binary=unpacked / "bin/slipway").start()
    try:
        runtime.wait_enrolled()
        job = admin.post(f"{MODEL_MANAGE}/jobs", job_document("#plan end=returned\n# modelop.score\ndef action(a, b, c):\n    pass\n",
                                                            engine={"engineType": "SPARK_RUNTIME", "name": "packaged"}))
        wait_until(lambda: admin.get(f"{MODEL_MANAGE}/jobs/{job['id']}")["jobStatus"] == "COMPLETE", "the job is complete", 60)
    finally:
        runtime.stop()
    names = dict(line.split("=", 1) for line in seen.read_text().splitlines() if "=" in line)
    assert not [name for name in names if name.startswith("LD_")], names
    assert str(unpacked) not in seen.read_text()


def in_root(root: pathlib.Path, mounts: list[str], user: str, environment: dict[str, str], words: list[str], log: pathlib.Path) -> Process:
    """Runs `words` below `root`, which has /proc and what `mounts` says and nothing else of the machine; as `user` with that environment alone."""
    script = "\n".join(["set -e", *mounts, f'mount -t proc proc "{root}/proc"',
                        " ".join([f'exec chroot --userspec={user} "{root}"', *words])])
    return Process(["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount", "sh", "-c", script], log, environment)


def wait_healthy(process: Process, url: str, log: pathlib.Path) -> None:
    def healthy() -> bool:
        assert process.running(), log.read_text(errors="replace")[-4000:]
        try:
            return requests.get(f"{url}/actuator/health", timeout=2).status_code == 200
        except requests.RequestException:
            return False
    wait_until(healthy, "it is healthy", 30)


def test_the_tarball_runs_in_a_bare_root(unpacked, tmp_path):
    root, port, log = tmp_path / "root", free_port(), tmp_path / "log"
    shutil.copytree(unpacked, root / "opt/slipway", symlinks=True)
    (root / "proc").mkdir()
    data = root / "data"
    data.mkdir()
    data.chmod(0o777)
    process = in_root(root, [], "10001:10001", {"SLIPWAY_ADMIN_PASSWORD": PASSWORD, "PATH": os.environ["PATH"]},
                      ["/opt/slipway/bin/slipway", "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", "/data"], log)
    wait_healthy(process, f"http://127.0.0.1:{port}", log)
    assert process.stop() == 0
    assert {entry.name for entry in root.iterdir()} == {"opt", "proc", "data"}


def test_its_runtime_runs_in_a_bare_root(unpacked, tmp_path, server, admin):
    """With a spark-submit that needs nothing of the machine either: it enrols, is healthy, and launches."""
    root, log = tmp_path / "root", tmp_path / "log"
    shutil.copytree(unpacked, root / "opt/slipway", symlinks=True)
    submit = root / "opt/spark/bin/spark-submit"
    for folder in (root / "proc", root / "data", root / "tmp", root / "dev", submit.parent):
        folder.mkdir(parents=True)
    (root / "dev/null").touch()
    shutil.copy(ROOT / "build/release/bin/slipway_spark_submit_stub", submit)
    ledger = root / "opt/spark/ledger"
    ledger.touch()
    for place, mode in ((root / "data", 0o777), (root / "tmp", 0o1777), (ledger, 0o666)):
        place.chmod(mode)
    client = machine_client(admin, "bare-edge")
    runtime = SparkRuntime(tmp_path, server.url, {**client, "clientSecret": "in the environment"}, {"master": "local[1]", "sparkHome": "/opt/spark"}, name="bare")
    (root / "slipway.yaml").write_text(runtime.config.read_text())
    process = in_root(root, [f'mount --bind /dev/null "{root}/dev/null"'], "10001:10001", {"SLIPWAY_OAUTH2__CLIENT__CLIENTSECRET": client["clientSecret"], "PATH": os.environ["PATH"]},
                      ["/opt/slipway/bin/slipway", "spark-runtime", "--config", "/slipway.yaml", "--data-dir", "/data"], log)
    try:
        wait_healthy(process, runtime.url, log)
        runtime.wait_enrolled()
        admin.post(f"{MODEL_MANAGE}/jobs", job_document("# modelop.score\ndef action(a, b, c):\n    pass\n", engine={"engineType": "SPARK_RUNTIME", "name": "bare"}))
        wait_until(ledger.read_text, "spark-submit was executed", 30)
    finally:
        process.stop()


def test_the_image_runs_read_only_as_an_ordinary_user(tmp_path):
    layout, bundle, log = PACKAGES / "oci", tmp_path / "bundle", tmp_path / "log"
    version = json.loads((layout / "index.json").read_text())["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"]
    subprocess.run(["umoci", "unpack", "--rootless", "--image", f"{layout}:{version}", bundle], check=True, capture_output=True)
    config, root = json.loads((bundle / "config.json").read_text())["process"], bundle / "rootfs"
    environment = dict(item.split("=", 1) for item in config["env"])
    assert config["user"]["uid"] >= 1000
    assert sum(blob.stat().st_size for blob in (layout / "blobs/sha256").iterdir()) < 40 * 2**20
    assert not [file for file in root.rglob("*") if file.is_file() and file.stat().st_mode & 0o6000], "no program gives rights"
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o777)
    port = free_port()
    process = in_root(root, [f'mount --bind "{root}" "{root}"', f'mount --bind "{data}" "{root}/var/lib/slipway"', f'mount -o remount,ro,bind "{root}"'],
                      f"{config['user']['uid']}:{config['user']['gid']}",
                      environment | {"PATH": os.environ["PATH"], "SLIPWAY_SERVER__LISTEN": f"127.0.0.1:{port}", "SLIPWAY_ADMIN_PASSWORD": PASSWORD}, config["args"], log)
    wait_healthy(process, f"http://127.0.0.1:{port}", log)
    person = Rest.sign_in(f"http://127.0.0.1:{port}", "admin", PASSWORD)
    model = person.new_model("in a container", group="modelop")
    assert person.get(f"{MODEL_MANAGE}/storedModels/{model['id']}")["modelMetaData"]["name"] == "in a container"
    assert process.stop() == 0
    assert (data / "slipway.db").exists()


def eks() -> dict[str, dict]:
    """The manifest's documents by kind."""
    documents = list(yaml.safe_load_all((ROOT / "packaging/eks.yaml").read_text()))
    assert all(document["metadata"]["name"] == "slipway" and document["apiVersion"] for document in documents)
    return {document["kind"]: document for document in documents}


def test_the_image_is_what_eks_is_told_to_run():
    """The manifest and the image agree on user, folder, port and probes; whatever is named in it is there."""
    manifest = eks()
    assert list(manifest) == ["ServiceAccount", "ConfigMap", "PersistentVolumeClaim", "Deployment", "Service"]
    assert "eks.amazonaws.com/role-arn" in manifest["ServiceAccount"]["metadata"]["annotations"]
    deployment = manifest["Deployment"]["spec"]
    labels, pod = deployment["template"]["metadata"]["labels"], deployment["template"]["spec"]
    assert deployment["selector"]["matchLabels"] == labels == manifest["Service"]["spec"]["selector"]
    assert (deployment["replicas"], deployment["strategy"], pod["serviceAccountName"], pod["automountServiceAccountToken"]) == (1, {"type": "Recreate"}, "slipway", False)
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] == 10001
    [container] = pod["containers"]
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert container["ports"] == [{"name": "http", "containerPort": 8080}] and manifest["Service"]["spec"]["ports"][0]["targetPort"] == "http"
    probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    assert {kind: get["path"].rpartition("/")[2] for kind, get in probes.items()} == {"startup": "liveness", "liveness": "liveness", "readiness": "readiness"}
    assert all(get["port"] == "http" for get in probes.values())
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    places = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert places["data"] == "/var/lib/slipway" and container["args"][-1] == f"{places['configuration']}/{next(iter(manifest['ConfigMap']['data']))}"
    assert all(variable["value"].startswith(places["secret"]) for variable in container["env"] if variable["name"].endswith("_FILE"))


def test_the_provider_of_eks_is_a_good_configuration_too(tmp_path):
    """The lines that are commented out; `test_guides.py` has the others."""
    text = re.sub(r"^#(?=security:|  )", "", eks()["ConfigMap"]["data"]["slipway.yaml"], flags=re.MULTILINE)
    assert "issuerUri" in yaml.safe_load(text)["security"]["oauth2"]
    file = tmp_path / "slipway.yaml"
    file.write_text(text)
    checked = subprocess.run([BINARY, "config", "check", "--config", str(file)], env=clean_environment(), capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0 and "security." not in checked.stdout + checked.stderr, checked.stdout + checked.stderr
