"""A broker of Apache Kafka that requires TLS, a user name and a password, or both."""

import subprocess
from pathlib import Path
from typing import Final

from cluster.servers.jars import find_java, kafka_jars
from cluster.servers.kafka import ApacheKafka
from cluster.servers.ports import HOST, free_port
from cluster.servers.programs import find
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # not in __all__
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

USER: Final = "clicks"
PASSWORD: Final = "hush-hush, no one may read this"
WRONG_PASSWORD: Final = "open sesame"

# The last one of two lines with the same name is what counts.
_MORE_SETTINGS = """\
listeners={listeners},CONTROLLER://{host}:{controller}
advertised.listeners={listeners}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,\
TLS:SSL,NAMED:SASL_PLAINTEXT,BOTH:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/identity.pem
listener.name.named.sasl.enabled.mechanisms=PLAIN
listener.name.named.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
user_{user}="{password}";
listener.name.both.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.both.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


class SecuredKafka(ApacheKafka):
    """A broker with one listener for each way to be let in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, java=find_java(), jars=kafka_jars())
        self._openssl = find("openssl", supplied_by="OpenSSL (Debian: openssl)")
        self._ports = {name: free_port() for name in ("TLS", "NAMED", "BOTH")}

    def settings(self, protocol: str) -> dict[str, str]:
        """Return what to set in order to be let in by *protocol*."""
        password = {"KAFKA_SASL_USERNAME": USER, "KAFKA_SASL_PASSWORD": PASSWORD}
        certificate = {"KAFKA_SSL_CA_FILE": str(self.folder / "certificate.pem")}
        listener, settings = {
            "ssl": ("TLS", certificate),
            "sasl_plaintext": ("NAMED", {**password, "KAFKA_SASL_MECHANISM": "plain"}),
            "sasl_ssl": ("BOTH", password | certificate),
        }[protocol]
        return {
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{self._ports[listener]}",
            "KAFKA_SECURITY_PROTOCOL": protocol.upper(),
            **settings,
        }

    def prepare(self) -> None:
        """Add the listeners, and make the certificate that they show."""
        super().prepare()
        self._make_certificate()
        ports = {"PLAINTEXT": self.port, **self._ports}
        with (self.folder / "server.properties").open("a") as properties:
            properties.write(
                _MORE_SETTINGS.format(
                    listeners=",".join(f"{at}://{HOST}:{ports[at]}" for at in ports),
                    host=HOST,
                    controller=self._controller,
                    folder=self.folder,
                    user=USER,
                    password=PASSWORD,
                )
            )

    def make_user(self) -> None:
        """Add the user for SCRAM to the running broker."""
        mechanism = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        user = UserScramCredentialUpsertion(USER, mechanism, PASSWORD.encode())
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers})
        admin.alter_user_scram_credentials([user])[USER].result(10)

    def _make_certificate(self) -> None:
        subprocess.run(
            [
                *(self._openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
                *("-keyout", "key.pem", "-out", "certificate.pem", "-days", "2"),
                *("-subj", "/CN=kafka", "-addext", f"subjectAltName=IP:{HOST}"),
            ],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        parts = [self.folder / name for name in ("key.pem", "certificate.pem")]
        identity = "".join(part.read_text() for part in parts)
        (self.folder / "identity.pem").write_text(identity)
