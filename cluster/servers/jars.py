"""Apache Kafka's jar files, fetched once by Maven into `.cache/kafka`."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cluster.servers.programs import MissingServerError, find

VERSION = "4.1.0"
CACHE = Path(__file__).parents[2] / ".cache" / "kafka"

_FETCH_SECONDS = 240
_JAVA = "Java 17 or newer (Debian: default-jre-headless)"
_POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>waypost</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
"""


def find_java() -> Path:
    """Return the program java, at least version 17.

    Raises:
        MissingServerError: There is none, or it is older.
    """
    java = find("java", supplied_by=_JAVA)
    shown = subprocess.run(
        [java, "-version"], capture_output=True, text=True, check=False
    )
    version = shown.stderr.partition('"')[2].partition('"')[0]
    if not (major := version.partition(".")[0]).isdigit() or int(major) < 17:
        raise MissingServerError(f"Apache Kafka needs {_JAVA}; here is {version!r}.")
    return java


def kafka_jars() -> Path:
    """Return the folder of Kafka and all it needs; the first call fetches them.

    Raises:
        MissingServerError: Maven is missing or could not fetch them.
    """
    jars = CACHE / VERSION
    if jars.is_dir():
        return jars
    maven = find("mvn", supplied_by="Maven (Debian: maven)")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        _fetch(maven, Path(folder))
        # The second one, such as a run beside this one, changes nothing.
        if not jars.is_dir():
            shutil.move(Path(folder) / "jars", jars)
    return jars


def _fetch(maven: Path, folder: Path) -> None:
    (folder / "pom.xml").write_text(_POM)
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    command = [str(maven), "-q", "-B", goal, "-DoutputDirectory=jars"]
    try:
        subprocess.run(
            command,
            cwd=folder,
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_FETCH_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        said = "\n".join(error.stdout.splitlines()[:3])
        raise MissingServerError(f"Maven could not fetch Kafka:\n{said}") from error
    except subprocess.TimeoutExpired as error:
        raise MissingServerError("Maven did not fetch Kafka in time.") from error
