"""Signed and parsed SageMaker calls per second of Slipway and of botocore, one after the other against one stub on loopback.

usage: botocore_bench.py PROGRAM [CONNECTIONS] [SECONDS]      PROGRAM: build/release/bin/slipway_aws_client_bench
"""
from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time

import botocore.session
from botocore.config import Config


def botocore_calls(url: str, connections: int, seconds: float) -> dict:
    """One client shared by threads, as botocore advises; its pool holds a connection for each."""
    client = botocore.session.get_session().create_client(
        "sagemaker", region_name="eu-west-1", endpoint_url=url, aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        config=Config(max_pool_connections=connections, retries={"max_attempts": 0}))
    counts = [0] * connections
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()

    def work(index: int) -> None:
        while time.monotonic() < began + seconds:
            answer = client.describe_transform_job(TransformJobName="churn-2026-11-25-19-00-04")
            assert answer["ModelName"] == "churn-xgboost-2026-11-01"
            counts[index] += 1

    threads = [threading.Thread(target=work, args=(index,)) for index in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"client": "botocore", "connections": connections, "callsPerSecond": round(sum(counts) / took),
            "cpuMicrosecondsPerCall": round(spent * 1e6 / max(1, sum(counts)))}


def main() -> int:
    program = sys.argv[1]
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else 16
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stub:
        try:
            url = stub.stdout.readline().strip()
            ours = json.loads(subprocess.run([program, url, str(connections), str(seconds)], check=True, capture_output=True, text=True).stdout)
            peer = botocore_calls(url, connections, seconds)
        finally:
            stub.stdin.close()
    print(json.dumps({"benchmark": "aws-client", "ours": ours["callsPerSecond"], "peer": peer["callsPerSecond"],
                      "ratio": round(ours["callsPerSecond"] / max(1, peer["callsPerSecond"]), 1), "unit": "calls/s", "details": [ours, peer]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
