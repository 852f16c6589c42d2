#!/usr/bin/env python3
"""Checks what docs/architecture.md promises: include arrows, the one folder of each third-party header, banned words, sizes of files and functions.

Run by ctest and ./dev lint. Prints one line per fault, exits 1 when there is one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# folder → folders it may include besides itself; the first segment below src/, adapters and apps by two.
MAY_INCLUDE = {
    "base": set(),
    "domain": {"base"},
    "lifecycle": {"base", "domain"},
    "store": {"base"},
    "identity": {"base", "domain", "store"},
    "registry": {"base", "domain", "store", "identity"},
    "sagemaker": {"base", "domain", "store", "identity", "registry"},
    "tickets": {"base", "domain", "store", "identity", "registry"},
    "automation": {"base", "domain", "lifecycle", "store", "identity", "registry", "sagemaker", "tickets"},
    "insight": {"base", "domain", "store", "identity", "registry", "sagemaker", "tickets"},
    "spark": {"base", "domain", "store"},
    "http": {"base", "domain", "store", "identity", "registry", "sagemaker", "tickets", "automation", "insight", "lifecycle"},
    "adapters/bpmn": {"base", "domain", "lifecycle"},
    "adapters/db": {"base", "store"},
    "adapters/process": {"base", "domain", "store", "spark"},
    "adapters/spark_cluster": {"base", "domain", "store", "spark"},
    "adapters/model_manage": {"base", "domain", "store", "spark"},
    "adapters/oidc": {"base", "domain", "store", "identity"},
    "adapters/zones": {"base", "domain", "lifecycle"},
    "adapters/http_client": {"base"},
    "adapters/eureka": {"base"},
    "adapters/kerberos": {"base"},
    "adapters/jira": {"base", "domain", "store", "identity", "registry", "tickets"},
    "adapters/aws": {"base", "domain", "store", "identity", "registry", "sagemaker"},
    "apps": None,  # the composition root may include everything
}

# third-party header prefix → places (path prefixes below src/) that may include it
THIRD_PARTY = {
    "boost/beast": ["http/server"],
    "boost/asio": ["http/server"],
    "sqlite3.h": ["adapters/db/"],
    "libpq-fe.h": ["adapters/db/"],
    "krb5.h": ["adapters/kerberos/krb5_source.cpp"],
    "profile.h": ["adapters/kerberos/krb5_source.cpp"],
    "curl/": ["adapters/http_client/"],
    "pugixml": ["adapters/bpmn/"],
    "openssl/": ["base/crypto", "base/id.cpp", "adapters/oidc/"],
    "sodium.h": ["base/crypto", "base/secret.cpp"],
    "CLI/": ["apps/"],
    "yaml-cpp/": ["apps/"],
    "prometheus/": ["base/metrics.cpp"],
}
BANNED = [
    (re.compile(r"\bco_(await|yield|return)\b"), "coroutines are miscompiled by g++ 12 (ADR 0003)"),
    (re.compile(r"(?<![\w:.])(?:std::|::)?(?:system|popen)\("), "no shell, ever: use adapters/process"),
]
MAX_LINES = 400
MAX_FUNCTION_LINES = 40  # between its braces
RAW_STRING = re.compile(r'R"(\w*)\(.*?\)\1"', re.DOTALL)
# What may stand at the head of a block that ends with a lone brace and is no function.
NO_FUNCTION = re.compile(r"(namespace|if|else|for|while|switch|case|default|do|try|catch)\b|[{}]")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path: pathlib.PurePath) -> str:
    parts = path.parts
    return "/".join(parts[:2]) if parts[0] == "adapters" else parts[0]


def check_file(path: pathlib.Path) -> list[str]:
    place = path.relative_to(SRC)
    folder = folder_of(place)
    text = path.read_text(encoding="utf-8")
    faults = []
    if folder not in MAY_INCLUDE:
        return [f"src/{place}: folder {folder} is not in the table of tools/check_layers.py"]
    allowed = MAY_INCLUDE[folder]
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if found:
            faults += check_include(place, folder, allowed, number, found.group(1), found.group(2))
        for pattern, why in BANNED:
            if pattern.search(line.split("//")[0]):
                faults.append(f"src/{place}:{number}: {why}")
    return faults


def check_include(place, folder, allowed, number, quote, header) -> list[str]:
    if quote == '"':
        if header.startswith("fakes/") and str(place).endswith("_test.cpp"):
            return []
        target = folder_of(pathlib.PurePosixPath(header)) if "/" in header else ""
        is_test = str(place).endswith("_test.cpp")
        if allowed is not None and target != folder and target not in allowed and not (is_test and target == "adapters/db"):
            return [f"src/{place}:{number}: {folder} may not include {header}"]
        return []
    for prefix, places in THIRD_PARTY.items():
        if header.startswith(prefix) and not any(str(place).startswith(p) for p in places):
            return [f"src/{place}:{number}: {header} belongs to {', '.join(places)} alone"]
    return []


def check_sizes(path: pathlib.Path) -> list[str]:
    """Relies on clang-format: a lone brace ends what begins at the line before it in the same column."""
    place = path.relative_to(ROOT)
    lines = RAW_STRING.sub(lambda raw: raw[0].count("\n") * "\n", path.read_text(encoding="utf-8")).splitlines()
    faults = [f"{place}: {len(lines)} lines, more than {MAX_LINES}"] if len(lines) > MAX_LINES else []
    heads: dict[int, int] = {}  # column → last line that began there
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith(("#", "//")):
            continue
        column = line.index(text)
        head = heads.get(column)
        if text == "}" and head and not NO_FUNCTION.match(lines[head - 1].strip()):
            opening = next((n for n in range(head, number) if lines[n - 1].endswith("{")), head)
            if number - opening - 1 > MAX_FUNCTION_LINES:
                faults.append(f"{place}:{head}: a function of {number - opening - 1} lines, more than {MAX_FUNCTION_LINES}")
        heads = {at: begin for at, begin in heads.items() if at < column} | {column: number}
    return faults


def sources(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix in {".cpp", ".hpp"})


def main() -> int:
    files = sources(SRC)
    faults = [fault for path in files for fault in check_file(path)]
    faults += [fault for path in files + sources(ROOT / "tests") for fault in check_sizes(path)]
    print("\n".join(faults) if faults else f"layers hold in {len(files)} files")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
