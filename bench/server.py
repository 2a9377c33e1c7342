"""Running servers to measure: Sayso, and the floor."""

import os
import subprocess
import sys
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMAND = ("-c", "from sayso.cli import main; main()")
SCRIPTED = ("-m", "bench.scripted")
"""The same with a model in its process; its setting is `model=bench.scripted.NAME`."""
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Sayso:
    """`source`: the source tree that is served. `settings`: names without the prefix, such as `model="…"`."""

    def __init__(
        self,
        data_dir: Path,
        source: Path = ROOT / "src",
        command: tuple[str, ...] = COMMAND,
        **settings: str,
    ) -> None:
        own = {
            f"SAYSO_{name.upper()}": value
            for name, value in {"rate_limit": "0", "hold_seconds": "0", **settings}.items()
        }
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SAYSO_")} | own
        environment["PYTHONPATH"] = os.pathsep.join([str(source), str(ROOT)])
        self.process = subprocess.Popen(
            [sys.executable, *command, "serve", "--port", "0", "--data-dir", str(data_dir)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
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

    def processor_seconds(self) -> float:
        """What the process has computed so far (Linux), which a busy machine changes less than the time it took."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Floor:
    """The bare application of `bench.floor` over its store."""

    port = 8977
    cookie = "secret"

    def __init__(self, path: Path) -> None:
        command = ["-m", "uvicorn", "bench.floor:app", "--factory", "--port", str(self.port), "--no-access-log"]
        self.process = subprocess.Popen(
            [sys.executable, *command], env=os.environ | {"FLOOR_DB": str(path)}, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/nothing")
            except urllib.error.HTTPError:
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
