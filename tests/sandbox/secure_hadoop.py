"""HDFS, YARN and job history that let nobody in without a ticket: RPC by Kerberos, pages and REST by SPNEGO."""
from __future__ import annotations

import json
import pathlib
import subprocess

from sandbox.hadoop import Hadoop
from sandbox.kdc import REALM, Kdc

SERVERS = ("HTTP", "nn", "dn", "rm", "nm", "jhs")
# Whoever runs the daemons is root to HDFS; people of the other realm have the same names here.
OTHER_REALM = "EDGE.LOCAL"
RULES = r"RULE:[2:$1@$0]([ndrj][nmh]s?@TEST\.LOCAL)s/.*/root/" + "\n" + r"RULE:[1:$1@$0](.*@EDGE\.LOCAL)s/@.*//" + "\nDEFAULT"


class SecureHadoop(Hadoop):
    """As its base, with principals of `kdc`. Aggregated logs are off: without Hadoop's native library a secured NodeManager ends at them."""

    def __init__(self, folder: pathlib.Path, kdc: Kdc):
        self.kdc = kdc
        self.keytab = kdc.keytab("server", *(f"{name}/localhost" for name in SERVERS))
        self.cache = folder / "reader"
        folder.mkdir(parents=True, exist_ok=True)
        self.java_options = [f"-Djava.security.krb5.conf={kdc.conf}"]

        def spnego(prefix: str, keytab: str = "keytab", principal: str = "principal") -> dict:
            return {f"{prefix}{principal}": f"HTTP/localhost@{REALM}", f"{prefix}{keytab}": self.keytab}

        def server(prefix: str, name: str, keytab: str = "keytab") -> dict:
            return {f"{prefix}.principal": f"{name}/localhost@{REALM}", f"{prefix}.{keytab}": self.keytab}

        self.more = {
            "core-site.xml": {"hadoop.security.authentication": "kerberos", "hadoop.security.authorization": "true", "hadoop.security.auth_to_local": RULES,
                              "hadoop.http.filter.initializers": "org.apache.hadoop.security.AuthenticationFilterInitializer", "hadoop.http.authentication.type": "kerberos",
                              "hadoop.http.authentication.simple.anonymous.allowed": "false", "hadoop.http.authentication.token.validity": 60, **spnego("hadoop.http.authentication.kerberos.")},
            "hdfs-site.xml": {"ignore.secure.ports.for.testing": "true", "dfs.block.access.token.enable": "true", "dfs.namenode.kerberos.principal": f"nn/localhost@{REALM}",
                              "dfs.namenode.keytab.file": self.keytab, "dfs.datanode.kerberos.principal": f"dn/localhost@{REALM}", "dfs.datanode.keytab.file": self.keytab,
                              "dfs.namenode.kerberos.internal.spnego.principal": f"HTTP/localhost@{REALM}", **spnego("dfs.web.authentication.kerberos.")},
            "yarn-site.xml": {**server("yarn.resourcemanager", "rm"), **server("yarn.nodemanager", "nm"), "yarn.log-aggregation-enable": "false",
                              **spnego("yarn.resourcemanager.webapp.spnego-", "keytab-file"), **spnego("yarn.nodemanager.webapp.spnego-", "keytab-file")},
            "mapred-site.xml": {**server("mapreduce.jobhistory", "jhs"), **spnego("mapreduce.jobhistory.webapp.spnego-", "keytab-file")}}
        super().__init__(folder)

    def get(self, url: str, *arguments: str):
        """As the NameNode's own user, root to HDFS: a fresh ticket each time, since they end soon."""
        environment = self.kdc.login(self.keytab, "nn/localhost", self.cache)
        done = subprocess.run(["curl", "-s", "-f", "--max-time", "20", "--negotiate", "-u", ":", *arguments, url], capture_output=True, text=True, env=environment, timeout=30)
        try:
            return json.loads(done.stdout) if done.returncode == 0 else None
        except ValueError:
            return None

    def make_home(self, user: str) -> None:
        """A home for `user`, and a /tmp for everybody."""
        api = f"{self.webhdfs}/webhdfs/v1"
        for path, options in ((f"/user/{user}", f"op=SETOWNER&owner={user}"), ("/tmp", "op=SETPERMISSION&permission=1777")):
            assert self.get(f"{api}{path}?op=MKDIRS", "-X", "PUT") == {"boolean": True}
            subprocess.run(["curl", "-s", "-f", "--negotiate", "-u", ":", "-X", "PUT", f"{api}{path}?{options}"], check=True, timeout=30,
                           env=self.kdc.environment(KRB5CCNAME=f"FILE:{self.cache}"))
