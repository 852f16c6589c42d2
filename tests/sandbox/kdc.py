"""An MIT Key Distribution Centre on loopback, of the realm TEST.LOCAL unless it is told another, with tickets that end soon. Nothing of the machine's own Kerberos is
read or written."""
from __future__ import annotations

import os
import pathlib
import socket
import subprocess

from sandbox.daemon import Daemon
from sandbox.process import free_port
from sandbox.server import clean_environment

REALM = "TEST.LOCAL"
KRB5_CONF = """includedir {folder}/krb5.d
[libdefaults]
 default_realm = {realm}
 default_ccache_name = {default_cache}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 ticket_lifetime = {life}s
 renew_lifetime = {renewable}s
 forwardable = true
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {services}
"""
KDC_CONF = """[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {folder}/db/principal
  key_stash_file = {folder}/db/stash
  acl_file = {folder}/kadm5.acl
  max_life = {life}s
  max_renewable_life = {renewable}s
  supported_enctypes = aes256-cts:normal aes128-cts:normal
 }}
"""


class Kdc:
    """Starts, stops and dies on the same port; principals and keys stay. `default_cache` is what a site's krb5.conf names for people's own tickets; `services` is
    the realm of this machine's services, whose centre must be made known by `trust`."""

    def __init__(self, folder: pathlib.Path, life: int = 120, renewable: int = 600, default_cache: str = "KEYRING:persistent:%{uid}", realm: str = REALM, services: str = ""):
        self.folder, self.port, self.realm = folder, free_port(), realm
        for made in (folder / "db", folder / "krb5.d"):
            made.mkdir(parents=True, exist_ok=True)
        values = {"folder": folder, "realm": realm, "services": services or realm, "port": self.port, "life": life, "renewable": renewable, "default_cache": default_cache}
        self.conf = folder / "krb5.conf"
        self.conf.write_text(KRB5_CONF.format(**values))
        (folder / "kdc.conf").write_text(KDC_CONF.format(**values))
        self._run("kdb5_util", "create", "-s", "-P", "master-password", "-r", realm)
        self.daemon = Daemon("kdc", ["/usr/sbin/krb5kdc", "-n"], folder / "kdc.log", self.environment(), self._listens, folder)
        self.start, self.stop = self.daemon.start, self.daemon.stop

    def environment(self, **more: str) -> dict[str, str]:
        more.setdefault("KRB5CCNAME", f"FILE:{self.folder}/nobody")
        return clean_environment(KRB5_CONFIG=str(self.conf), KRB5_KDC_PROFILE=str(self.folder / "kdc.conf"), PATH=os.environ["PATH"] + ":/usr/sbin", **more)

    def keytab(self, name: str, *principals: str) -> pathlib.Path:
        """Makes the principals with random keys, and a keytab that has them."""
        path = self.folder / f"{name}.keytab"
        commands = [line for principal in principals for line in (f"addprinc -randkey {principal}", f"ktadd -k {path} {principal}")]
        self._run("kadmin.local", stdin="\n".join(commands) + "\n")
        return path

    def trust(self, other: "Kdc") -> None:
        """People of this realm may ask for tickets of the other's services: both know the key between them, and this realm's krb5.conf where the other is."""
        key = f"addprinc -pw between-the-realms krbtgt/{other.realm}@{self.realm}\n"
        for side in (self, other):
            side._run("kadmin.local", stdin=key)
        (self.folder / "krb5.d" / "other-realm").write_text(f"[realms]\n {other.realm} = {{\n  kdc = 127.0.0.1:{other.port}\n }}\n")

    def new_key(self, principal: str) -> None:
        """The principal's key changes: keytabs made before have a stale one."""
        self._run("kadmin.local", stdin=f"cpw -randkey {principal}\n")

    def login(self, keytab: pathlib.Path, principal: str, cache: pathlib.Path) -> dict[str, str]:
        """Somebody else's ticket: the environment that has it."""
        environment = self.environment(KRB5CCNAME=f"FILE:{cache}")
        subprocess.run(["kinit", "-kt", keytab, principal], check=True, env=environment, timeout=30)
        return environment

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _run(self, *command: str, stdin: str = "") -> None:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=self.environment(), timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def tickets(environment: dict[str, str], cache: pathlib.Path) -> str:
    """What klist says of a cache."""
    return subprocess.run(["klist", "-f", f"FILE:{cache}"], capture_output=True, text=True, env=environment, timeout=30).stdout
