"""Dovecot (2.3), run by nobody: whoever signs in with the password has a mailbox of files.

Needs Debian's dovecot-imapd.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kit.rigs.certificates import Certificate
from tests.kit.rigs.imap import PASSWORD, ImapRig
from tests.kit.rigs.running import answers, free_port, missing, program, running

USER, GROUP = "nobody", "nogroup"
_CONF = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{chain}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login{mechanisms}
auth_failure_delay = 0 secs
login_trusted_networks = 127.0.0.0/8
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
{bearer}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = subscribe
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = subscribe
    special_use = \\Trash
  }}
  mailbox Archive {{
    auto = subscribe
    special_use = \\Archive
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap {{
  process_limit = 100
}}
service stats {{
  chroot =
}}
"""
_BEARER = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
"""
_OAUTH = "introspection_mode = auth\nintrospection_url = {url}\nusername_attribute = email\n"


@contextmanager
def dovecot(certificate: Certificate, userinfo: str = "") -> Iterator[ImapRig]:
    """`userinfo`: where a provider says whose a token is; with it tokens sign in as well."""
    if os.geteuid() != 0:
        missing("right to become the user of dovecot")
    server, setpriv = program("dovecot"), program("setpriv")
    folder = Path(tempfile.mkdtemp(prefix="sayso-dovecot-"))
    try:
        port, tls_port = free_port(), free_port()
        for each in ("run", "mail"):
            (folder / each).mkdir()
        for path in (certificate.chain, certificate.key):
            shutil.copy(path, folder / path.name)
        conf = _CONF.format(
            folder=folder, user=USER, group=GROUP, password=PASSWORD, port=port, tls_port=tls_port,
            chain=folder / certificate.chain.name, key=folder / certificate.key.name,
            mechanisms=" xoauth2 oauthbearer" if userinfo else "",
            bearer=_BEARER.format(folder=folder) if userinfo else "",
        )  # fmt: skip
        (folder / "dovecot.conf").write_text(conf)
        (folder / "oauth2.conf").write_text(_OAUTH.format(url=userinfo))
        own(folder)
        who = [f"--reuid={USER}", f"--regid={GROUP}", "--clear-groups"]
        with running([setpriv, *who, server, "-F", "-c", f"{folder}/dovecot.conf"], port, folder / "log") as process:
            answers(tls_port, process, folder / "log")
            yield ImapRig("dovecot", port, tls_port=tls_port, store=folder / "mail")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own(folder: Path) -> None:
    """What is in the folder, and it, belong to the server."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, USER, GROUP)
