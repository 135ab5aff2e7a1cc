"""nginx with the configuration that the product ships (deploy/nginx.conf), in front of a server of a test or bench."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.elsewhere import Certificate
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "deploy" / "nginx.conf"


def program() -> str | None:
    """Where nginx is."""
    return shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)


def missing() -> str:
    """Why there is no nginx to test with; empty where there is."""
    path = program()
    if path is None:
        return "nginx is not installed: Debian's package `nginx-light` has what is needed"
    built = subprocess.run([path, "-V"], capture_output=True, text=True, check=True).stderr
    return "" if "http_auth_request_module" in built else "this nginx was built without auth_request"


@dataclass
class Nginx:
    """A running nginx: files in `folder`, the clips of `data`, in front of `server` (http://host:port)."""

    folder: Path
    data: Path
    server: str
    cert: Certificate | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        return f"{'https' if self.cert else 'http'}://127.0.0.1:{self.port}"

    def configuration(self) -> str:
        """The shipped file with its own lines in the place of those that are each installation's."""
        given = {
            "server": self.server.removeprefix("http://"),
            "listen": f"127.0.0.1:{self.port}{' ssl http2' if self.cert else ''}",
            "server_name": "127.0.0.1",
            "ssl_certificate": str(self.cert.cert) if self.cert else None,
            "ssl_certificate_key": str(self.cert.key) if self.cert else None,
            "set": f"$relevance_clips {self.data / 'clips'}",
        }

        def mine(line: re.Match[str]) -> str:
            value = given.pop(line["word"])
            return f"{line['word']} {value};" if value is not None else ""

        text = re.sub(r"^\s*(?P<word>\w+) [^\n]*;  # yours$", mine, SHIPPED.read_text("utf-8"), flags=re.MULTILINE)
        assert not given, f"deploy/nginx.conf marks no line of {sorted(given)} as an installation's own"
        return text

    def start(self) -> Nginx:
        (self.folder / "relevance.conf").write_text(self.configuration())
        temporary = "\n".join(
            f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "main.conf").write_text(
            f"""{"user root;" if os.geteuid() == 0 else ""}
            daemon off; worker_processes 2; pid {self.folder}/nginx.pid; error_log {self.log};
            events {{ worker_connections 1024; }}
            http {{ access_log off; {temporary} include {self.folder}/relevance.conf; }}"""
        )
        path = program()
        assert path is not None
        self.process = subprocess.Popen([path, "-p", self.folder, "-c", self.folder / "main.conf", "-e", self.log])
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        raise RuntimeError(f"nginx did not start: {self.log.read_text()}")

    @property
    def log(self) -> Path:
        return self.folder / "nginx.log"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def cpu_seconds(self) -> float:
        """Processor time of its processes so far."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        total = 0
        for pid in (str(self.process.pid), *children):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")
