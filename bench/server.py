"""A running Sayso server to measure."""

import os
import subprocess
import sys
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path


class Sayso:
    """`settings`: names without the prefix, such as `model="…"`."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        own = {f"SAYSO_{name.upper()}": value for name, value in {"rate_limit": "0", **settings}.items()}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SAYSO_")} | own
        command = [sys.executable, "-c", "from sayso.cli import main; main()", "serve", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--data-dir", str(data_dir)], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout is not None
        link = next(line.strip() for line in self.process.stdout if "/auth/local/login?token=" in line)
        self.port = int(link.split("/")[2].rpartition(":")[2])
        jar = CookieJar()
        urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open(link).close()
        self.cookie = next(str(cookie.value) for cookie in jar if cookie.name == "session_id")

    def read(self, path: str) -> int:
        """The length of the answer, which is read a piece at a time."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        request.add_header("Cookie", f"session_id={self.cookie}")
        with urllib.request.urlopen(request) as answer:
            return sum(map(len, iter(lambda: answer.read(65_536), b"")))

    def resident_kib(self, which: str = "VmRSS") -> int:
        """Memory of the process, in KiB (Linux); `VmHWM`: the most that it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith(f"{which}:")))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
