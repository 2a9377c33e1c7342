"""Cyrus IMAP with CalDAV, CardDAV and scheduling (RFC 6638); its invitations go to an SMTP port where nobody listens
unless one is given. Users ana@example.test and bob@example.test.

Needs Debian's cyrus-common, cyrus-caldav and sasl2-bin. Its imapd, without whose sign-in nobody has a calendar, is
taken out of the package cyrus-imapd, which cannot be installed beside another IMAP server.
"""

import fcntl
import imaplib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit.rigs.dav import DavRig
from tests.kit.rigs.running import answers, free_port, missing, program, running

_LIB = "usr/lib/cyrus/bin"
_IMAPD_CONF = """
configdirectory: {folder}/conf
proc_path: {folder}/conf/proc
mboxname_lockpath: {folder}/conf/lock
defaultpartition: default
partition-default: {folder}/spool
sievedir: {folder}/sieve
lmtpsocket: {folder}/conf/socket/lmtp
idlesocket: {folder}/conf/socket/idle
notifysocket: {folder}/conf/socket/notify
smtp_backend: host
smtp_host: 127.0.0.1:{smtp}/noauth
servername: 127.0.0.1
altnamespace: yes
unixhierarchysep: yes
virtdomains: userid
defaultdomain: internal
admins: root
calendar_user_address_set: example.test
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb2
autocreate_users: anyone
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Drafts|Sent|Trash|Archive
autocreate_subscribe_folders: Drafts|Sent|Trash|Archive
xlist-drafts: Drafts
xlist-sent: Sent
xlist-trash: Trash
xlist-archive: Archive
httpmodules: caldav carddav
httpallowcompress: no
conversations: yes
conversations_db: twoskip
cyrus_user: cyrus
syslog_prefix: cyrusrig
"""
_CYRUS_CONF = """
START {{
  recover cmd="/{lib}/ctl_cyrusdb -C {folder}/imapd.conf -r"
  idled cmd="{own}/idled -C {folder}/imapd.conf"
}}
SERVICES {{
  imap cmd="{own}/imapd -C {folder}/imapd.conf -U 30" listen="127.0.0.1:{imap}" prefork=0 maxchild=50
  http cmd="/{lib}/httpd -C {folder}/imapd.conf -U 30" listen="127.0.0.1:{http}" prefork=0 maxchild=50
  lmtp cmd="/{lib}/lmtpd -C {folder}/imapd.conf -a" listen="127.0.0.1:{lmtp}" prefork=0 maxchild=10
  notify cmd="/{lib}/notifyd -C {folder}/imapd.conf" listen="{folder}/conf/socket/notify" proto="udp" prefork=1
}}
EVENTS {{
}}
"""
USERS = ("ana", "bob")
PASSWORD = "secret"


@dataclass(frozen=True, slots=True)
class CyrusRig(DavRig):
    imap_port: int = 0
    lmtp_port: int = 0


@contextmanager
def cyrus(smtp_port: int = 0) -> Iterator[CyrusRig]:
    """`smtp_port`: where its mails to people elsewhere go. It has a folder of its own, since another Unix user has to
    get there."""
    if os.geteuid() != 0:
        missing("right to become the user of cyrus")
    master, sasl, user = f"/{_LIB}/master", program("saslpasswd2"), program("setpriv")
    if not Path(master).exists():
        missing("cyrus")
    folder = Path(tempfile.mkdtemp(prefix="sayso-cyrus-"))
    try:
        ports = {name: free_port() for name in ("imap", "http", "lmtp")}
        _configure(folder, sasl, smtp_port or free_port(), ports)
        who = ["--reuid=cyrus", "--regid=mail", "--init-groups"]
        own = ["-C", f"{folder}/imapd.conf", "-M", f"{folder}/cyrus.conf", "-p", f"{folder}/conf/master.pid"]
        with running([user, *who, master, *own], ports["imap"], folder / "log") as process:
            answers(ports["http"], process, folder / "log")
            for each in USERS:  # the first sign-in makes a mailbox, without which nobody has a calendar
                with imaplib.IMAP4("127.0.0.1", ports["imap"]) as mailbox:
                    mailbox.login(f"{each}@example.test", PASSWORD)
            url, (ana, bob) = f"http://127.0.0.1:{ports['http']}/", (f"{each}@example.test" for each in USERS)
            yield CyrusRig("cyrus", url, ana, PASSWORD, True, bob, ports["imap"], ports["lmtp"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path, sasl: str, smtp: int, ports: dict[str, int]) -> None:
    for each in ("conf/socket", "spool", "sieve"):
        (folder / each).mkdir(parents=True)
    imapd = _IMAPD_CONF.format(folder=folder, smtp=smtp)
    (folder / "imapd.conf").write_text(imapd)
    (folder / "cyrus.conf").write_text(_CYRUS_CONF.format(folder=folder, lib=_LIB, own=_imapd_folder(), **ports))
    for each in USERS:
        command = [sasl, "-p", "-c", "-f", f"{folder}/sasldb2", "-u", "example.test", each]
        subprocess.run(command, input=PASSWORD.encode(), check=True, capture_output=True)
    subprocess.run(["chown", "-R", "cyrus:mail", str(folder)], check=True)
    folder.chmod(0o711)


def _imapd_folder() -> Path:
    """Where imapd is: installed, or taken out of its package once for all runs on this machine."""
    if Path(f"/{_LIB}/imapd").exists():
        return Path(f"/{_LIB}")
    cache = Path(tempfile.gettempdir()) / "sayso-rigs"
    cache.mkdir(mode=0o755, exist_ok=True)
    if cache.stat().st_uid != os.geteuid():
        missing("own folder for cyrus-imapd")
    unpacked = cache / "cyrus-imapd"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (unpacked / _LIB / "imapd").exists():
            with tempfile.TemporaryDirectory(dir=cache) as loading:
                _take_out(Path(loading), unpacked)
    return unpacked / _LIB


def _take_out(loading: Path, unpacked: Path) -> None:
    loading.chmod(0o755)  # apt downloads as a user of its own
    got = subprocess.run(["apt-get", "download", "-qq", "cyrus-imapd"], cwd=loading, capture_output=True, check=False)
    package = next(loading.glob("cyrus-imapd_*.deb"), None)
    if got.returncode or package is None:
        missing("package cyrus-imapd")
    subprocess.run(["dpkg", "-x", str(package), str(loading / "whole")], check=True)
    (loading / "whole").rename(unpacked)
