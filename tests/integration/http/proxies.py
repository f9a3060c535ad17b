"""Real proxies in front of one server, set up so that visitors share connections."""

import os
from pathlib import Path

from cluster.servers.nginx import find_nginx
from cluster.servers.ports import HOST, accepts
from cluster.servers.programs import find
from cluster.servers.server import Server

_NGINX = """\
{user}
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  upstream app {{ server {host}:{app}; keepalive 2; }}
  server {{
    listen {host}:{port};
    location / {{
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_buffering {buffering}; proxy_request_buffering {buffering};
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_read_timeout 20s;
    }}
  }}
}}
"""
_HAPROXY = """\
global
  maxconn 512
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
  http-reuse always
frontend visitors
  bind {host}:{port}
  default_backend app
backend app
  server app {host}:{app} pool-max-conn 2
"""


class SharingNginx(Server):
    """nginx with the usual settings for WebSockets, and connections that are kept."""

    def __init__(self, folder: Path, *, app: int, is_buffering: bool) -> None:
        super().__init__(folder, name="nginx")
        self._app = app
        self._buffering = "on" if is_buffering else "off"

    def prepare(self) -> None:
        """Write the configuration."""
        text = _NGINX.format(
            user="user root root;" if os.geteuid() == 0 else "",
            folder=self.folder,
            host=HOST,
            port=self.port,
            app=self._app,
            buffering=self._buffering,
        )
        (self.folder / "nginx.conf").write_text(text)

    def command(self) -> list[str]:
        """Return nginx with its configuration."""
        configuration = str(self.folder / "nginx.conf")
        program = str(find_nginx())
        return [program, "-p", str(self.folder), "-c", configuration, "-e", "stderr"]

    def answers(self) -> bool:
        """Return whether it accepts connections."""
        return accepts(self.port)


class SharingHaproxy(Server):
    """HAProxy, which sends every visitor's requests over the connections it has."""

    def __init__(self, folder: Path, *, app: int) -> None:
        super().__init__(folder, name="haproxy")
        self._app = app

    def prepare(self) -> None:
        """Write the configuration."""
        text = _HAPROXY.format(host=HOST, port=self.port, app=self._app)
        (self.folder / "haproxy.cfg").write_text(text)

    def command(self) -> list[str]:
        """Return HAProxy with its configuration."""
        program = find("haproxy", supplied_by="Debian's haproxy")
        return [str(program), "-db", "-f", str(self.folder / "haproxy.cfg")]

    def answers(self) -> bool:
        """Return whether it accepts connections."""
        return accepts(self.port)
