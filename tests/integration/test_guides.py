"""What the guides tell a stranger to write and to type is taken: configurations, commands, units."""
import re
import shutil
import subprocess
import textwrap

import pytest
import yaml

from sandbox.process import ROOT
from sandbox.server import BINARY, clean_environment

GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = {line.removeprefix("### slipway ") for line in (ROOT / "docs/cli.md").read_text().splitlines() if line.startswith("### slipway ")}


def blocks() -> list:
    found = []
    for guide in GUIDES:
        for number, match in enumerate(re.finditer(r"^( *)(?:\d+\. )?```yaml\n(.*?)^ *```", guide.read_text(), re.M | re.S)):
            found.append(pytest.param(textwrap.dedent(match[2]), id=f"{guide.stem}-{number}"))
    return found


def packaged() -> list:
    [in_eks] = [part["data"]["slipway.yaml"] for part in yaml.safe_load_all((ROOT / "packaging/eks.yaml").read_text()) if part["kind"] == "ConfigMap"]
    edge = (ROOT / "packaging/spark-runtime.yaml").read_text()
    used = re.sub(r"^#(?! \S)", "", edge, flags=re.M)  # what stands behind a bare # is an example, what stands behind "# " and a word a remark
    return [pytest.param((ROOT / "packaging/slipway.yaml").read_text(), id="packaging"), pytest.param(in_eks, id="eks"),
            pytest.param(edge, id="edge"), pytest.param(used, id="edge-used")]


@pytest.mark.parametrize("text", blocks() + packaged())
def test_configurations_of_the_guides_are_good(text, tmp_path):
    file = tmp_path / "slipway.yaml"
    file.write_text(text)
    file.chmod(0o600)
    checked = subprocess.run([BINARY, "config", "check", "--config", str(file)], env=clean_environment(), capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stdout + checked.stderr + text


def test_what_the_guide_takes_from_the_tarball_is_packed():
    packed = re.search(r"cp packaging/.*", (ROOT / "tools/dev/package.sh").read_text())[0]
    named = re.findall(r"share/systemd/([\w-]+\.yaml)", (ROOT / "docs/installing.md").read_text())
    assert {"slipway.yaml", "spark-runtime.yaml", "eks.yaml"} == set(named) and [name for name in named if f"packaging/{name}" not in packed] == []


def test_commands_of_the_guides_exist():
    unknown = []
    for guide in GUIDES:
        if guide.stem in ("cli", "configuration"):  # written by the program itself
            continue
        for typed in re.findall(r"(?:^|[`/ ])slipway ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)(?=[\s`,;.:)]|$)", "\n".join(code_of(guide.read_text())), re.M):
            if typed not in COMMANDS and typed.split()[0] not in COMMANDS:
                unknown.append((guide.name, typed))
    assert not unknown


def test_variables_of_the_guides_are_keys():
    def plain(name: str) -> str:  # between words of one key an underscore does not count
        return re.sub(r"(?<!_)_(?!_)", "", name.removesuffix("_FILE").removeprefix("SLIPWAY_"))

    known = {plain(name) for name in re.findall(r"`(SLIPWAY_\w+)`", (ROOT / "docs/configuration.md").read_text())}
    named = {name for file in [*GUIDES, *(ROOT / "packaging").iterdir()] for name in re.findall(r"SLIPWAY_[A-Z0-9_]+__[A-Z0-9_]+", file.read_text())}
    assert len(named) > 5 and [name for name in named if plain(name) not in known] == []


def test_no_file_of_root_is_named_for_the_service_to_read():
    """Its user is made anew at each start (DynamicUser): what root keeps closed reaches it as a credential alone."""
    named = [(file.name, line) for file in (ROOT / "packaging").glob("slipway.*") for line in file.read_text().splitlines() if re.search(r"_FILE=/etc", line)]
    assert named == [] and "LoadCredential=" in (ROOT / "packaging/slipway.service").read_text()


def code_of(text: str) -> list[str]:
    return re.findall(r"```(?!yaml).*?```|`[^`\n]+`", text, re.S)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("drop_in", [None, "slipway-spark-runtime-job-user.conf"])
def test_the_units_are_good(tmp_path, drop_in):
    units = []
    for unit in (ROOT / "packaging").glob("*.service"):
        units.append(tmp_path / unit.name)
        shown = re.sub(r"^#(LoadCredential|Environment)=", r"\1=", unit.read_text(), flags=re.M)
        units[-1].write_text(shown.replace("/usr/bin/slipway", str(BINARY)))  # it must be there
    if drop_in:
        folder = tmp_path / "slipway-spark-runtime.service.d"
        folder.mkdir()
        shutil.copy(ROOT / "packaging" / drop_in, folder / "job-user.conf")
    assert len(units) == 2
    verified = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no", *map(str, units)], capture_output=True, text=True, timeout=60)
    assert verified.returncode == 0 and not verified.stderr, verified.stderr
    for unit in units:  # the addresses of the host, which an Eureka is told, are asked of the kernel
        assert re.search(r"^RestrictAddressFamilies=.*\bAF_NETLINK\b", unit.read_text(), re.MULTILINE), unit
    # Of ten; the runtime's is what Spark and models leave to close.
    for name, most in (("slipway.service", 20), ("slipway-spark-runtime.service", 100 if drop_in else 65)):
        rated = subprocess.run(["systemd-analyze", "security", "--offline=yes", f"--threshold={most}", "--no-pager", str(tmp_path / name)], capture_output=True, text=True, timeout=60)
        assert rated.returncode == 0, rated.stdout[-300:]
