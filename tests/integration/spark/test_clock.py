"""A host whose clock is set while jobs run: nothing ends because of it, and no duration is wrong by it."""
from __future__ import annotations

import pathlib
import struct
import subprocess

import pytest

from sandbox.plain_spark import PlainSpark
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

# Moves the wall clock of one process by as many seconds as stand in a file.
SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static const volatile long long* offset;
__attribute__((constructor)) static void begin(void) {
    const char* path = getenv("CLOCK_OFFSET");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void* at = fd < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
    offset = at == MAP_FAILED ? 0 : at;
}
int clock_gettime(clockid_t which, struct timespec* time) {
    int done = syscall(SYS_clock_gettime, which, time);
    if (which == CLOCK_REALTIME && offset) time->tv_sec += *offset;
    return done;
}
"""
SLEEPS = "# modelop.score\ndef score(i, o, m):\n    import time\n    open(o[0]['fileUrl'].replace('file://', ''), 'w').close()\n    time.sleep(%d)\n"
DAY = 86_400


class Clock:
    def __init__(self, folder: pathlib.Path):
        self.file, self.library = folder / "offset", folder / "clock.so"
        (folder / "clock.c").write_text(SHIM)
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", self.library, folder / "clock.c"], check=True)
        self.file.write_bytes(struct.pack("=q", 0))

    def set(self, seconds: int) -> None:
        with open(self.file, "r+b") as file:
            file.write(struct.pack("=q", seconds))


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
def test_a_clock_that_jumps_ends_no_job(tmp_path, jump):
    server = Slipway(tmp_path / "model-manage").start()
    clock = Clock(tmp_path)
    edge = None
    try:
        admin = Rest.sign_in(server.url, "admin", PASSWORD)
        shifted = {"LD_PRELOAD": str(clock.library), "CLOCK_OFFSET": str(clock.file)}
        settings = {"master": "local[1]", "jobTimeout": "PT1H"}
        edge = SparkRuntime(tmp_path / "edge", server.url, machine_client(admin, "edge-clock"), settings, spark=PlainSpark(tmp_path), environment=shifted).start()
        edge.wait_enrolled()

        def post(seconds: int) -> str:
            ledger = tmp_path / f"ledger-{seconds}"
            out = {"assetType": "EXTERNAL_FILE", "filename": "ledger", "fileUrl": ledger.as_uri()}
            identifier = admin.post(f"{MODEL_MANAGE}/jobs", job_document(SLEEPS % seconds, outputs=[out]))["id"]
            wait_until(ledger.exists, "the model runs", 60)
            return identifier

        running, again = post(6), post(12)
        clock.set(jump)
        first = wait_job(admin, running, "COMPLETE", timeout=60)
        edge.kill()  # a service that is started under another clock than the one that launched
        clock.set(-jump)
        edge.start()
        second = wait_job(admin, again, "COMPLETE", timeout=60)
        for job, least in ((first, 4_000), (second, 9_000)):
            assert least < job["jobDuration"] < 60_000 and "Complete after" in job["jobMessages"][-1], (job["jobDuration"], job["jobMessages"])
        assert edge.health()["status"] == "UP"
    finally:
        if edge:
            edge.stop()
        server.stop()
