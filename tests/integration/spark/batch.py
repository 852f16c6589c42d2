"""Several drivers one after the other on the JVM of one spark-submit, each a Python of its own as spark-submit would start it: a JVM for
each would take the tests minutes. Arguments: the drivers' paths. Leaves beside each its streams and its exit status."""
import pathlib
import subprocess
import sys

for driver in map(pathlib.Path, sys.argv[1:]):
    with open(driver.with_name("stdout"), "wb") as out, open(driver.with_name("stderr"), "wb") as err:
        done = subprocess.run([sys.executable, str(driver)], stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=120)
    driver.with_name("status").write_text(str(done.returncode))
