"""The settings of servers, databases, the journal, caches and clicks' way to counts."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from waypost.config.access_settings import check_secret
from waypost.config.files import EnvironmentName, settings_files
from waypost.config.urls import BaseUrl, DatabaseUrl, Origins, RedisUrl, ServiceUrls

Megabytes = Annotated[int, Field(ge=1, le=1_048_576)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class ServerSettings(BaseSettings):
    """What can be set about everything but reports."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        case_sensitive=True,
        extra="ignore",
        frozen=True,
    )

    ENVIRONMENT: EnvironmentName = Field(
        default="",
        description="Name of this deployment, such as `staging`. Settings are read "
        "from the file `.env.<ENVIRONMENT>` as well, which override those of `.env`. "
        "Default: none.",
    )
    HOST: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on. `0.0.0.0` listens on all of them.",
    )
    PORT: Port = Field(default=8000, description="TCP port to listen on.")
    BASE_URL: BaseUrl = Field(
        default="",
        description="Where visitors reach this server; short URLs begin with it. "
        "Default: `http://localhost:<PORT>`.",
    )
    OWN_HOSTS: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Further names of this server, `host` or `host:port` separated by "
        "commas: public names besides that of `BASE_URL`, and addresses of a proxy "
        "or of other servers that answer the same links. No link may lead to them. "
        "Default: none.",
    )
    DATA_DIR: Path = Field(
        default=Path("data"),
        description="Folder of everything that the product writes: database, click "
        "journal, damaged records.",
    )
    DATABASE_URL: DatabaseUrl = Field(
        default="",
        description="Where links and counts live. Default: `sqlite:///` and the file "
        "`waypost.db` in `DATA_DIR`. `postgresql://user:password@host/database` lets "
        "several processes share it. `memory://` keeps nothing.",
    )
    DATABASE_POOL_SIZE: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="Connections to PostgreSQL per process at most."
    )
    DATABASE_TIMEOUT_SECONDS: Seconds = Field(
        default=5.0,
        description="How long, in seconds, to wait for a database that another "
        "process has locked before a request is refused with 503.",
    )
    REDIS_URL: RedisUrl = Field(
        default="",
        description="Redis primary: shared cache of links, invalidations, hot links, "
        "and clicks while Kafka is away. `redis://` or `rediss://`. Default: none.",
    )
    REDIS_REPLICA_URL: RedisUrl = Field(
        default="",
        description="Redis replica that links are looked up in. Default: `REDIS_URL`.",
    )
    REDIS_TIMEOUT_SECONDS: Annotated[float, Field(gt=0, le=10)] = Field(
        default=0.25,
        description="How long, in seconds, to wait for an answer of Redis before "
        "going on without it.",
    )
    LINK_CACHE_SECONDS: Annotated[int, Field(ge=1, le=2_592_000)] = Field(
        default=3_600,
        description="How long, in seconds, the shared cache remembers a link.",
    )
    CLICK_BUFFER_KEY_PREFIX: str = Field(
        default="click_buffer",
        min_length=1,
        description="Redis keys of clicks that are not counted yet: this, a colon and "
        "the code. A colon at the end changes nothing.",
    )
    CLICK_BUFFER_TTL_SECONDS: Annotated[int, Field(ge=1, le=86_400)] = Field(
        default=300,
        description="How long, in seconds, after its last click such a key expires.",
    )
    HOT_URLS_ZSET_KEY: str = Field(
        default="hot_urls",
        min_length=1,
        description="Redis sorted set of the most clicked codes.",
    )
    HOT_URLS_TTL_SECONDS: Annotated[int, Field(ge=1, le=2_592_000)] = Field(
        default=86_400,
        description="How long, in seconds, after its last click that set expires.",
    )
    CACHE_WARMER_INTERVAL_SECONDS: Seconds = Field(
        default=30.0, description="How often, in seconds, the shared cache is warmed."
    )
    CACHE_WARMER_TOP_N: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=5_000, description="How many of the most clicked links are kept warm."
    )
    KAFKA_BOOTSTRAP_SERVERS: str = Field(
        default="",
        description="Kafka brokers, `host:port` separated by commas. Default: none; "
        "each server counts its own clicks.",
    )
    KAFKA_SECURITY_PROTOCOL: Literal[
        "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"
    ] = Field(
        default="plaintext",
        description="How to connect to Kafka: with TLS (`ssl`), with a user name and "
        "password (`sasl_plaintext`), with both (`sasl_ssl`) or with neither.",
    )
    KAFKA_SASL_MECHANISM: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512",
        description="How the password is proved to Kafka. `PLAIN` sends it unchanged.",
    )
    KAFKA_SASL_USERNAME: str = Field(
        default="", description="User name at Kafka, where the protocol has one."
    )
    KAFKA_SASL_PASSWORD: str = Field(
        default="", repr=False, description="Secret: the password of that user."
    )
    KAFKA_SSL_CA_FILE: str = Field(
        default="",
        description="Path of a CA file (PEM) with which Kafka's certificate is "
        "checked. Default: the system's certificate authorities.",
    )
    KAFKA_CLICK_TOPIC: str = Field(
        default="click_events",
        min_length=1,
        description="Topic of the clicks; records that cannot be counted go to the "
        "topic of this name with `.dlq` behind it.",
    )
    KAFKA_CLICK_PARTITIONS: Annotated[int, Field(ge=1, le=64)] = Field(
        default=8,
        description="Number of partitions of the topic if it has to be created.",
    )
    KAFKA_COMPRESSION: Literal["gzip", "lz4", "zstd", "none"] = Field(
        default="gzip",
        description="How the clicks' records are compressed. Every client of Kafka "
        "reads `gzip`; `lz4` takes less of the processor here, and some clients lack "
        "it.",
    )
    KAFKA_CONSUMER_GROUP: str = Field(
        default="waypost-ingest",
        min_length=1,
        description="Consumer group of the ingest workers, in Kafka and in the Redis "
        "stream of clicks that Kafka could not take.",
    )
    CLICK_FALLBACK_STREAM_KEY: str = Field(
        default="click_events:fallback",
        min_length=1,
        description="Redis stream of clicks while Kafka is away.",
    )
    CLICK_STREAM_KEY: str = Field(
        default="click_events",
        min_length=1,
        description="Redis stream of clicks that other programs of the same contract "
        "write while Kafka is away. What is counted is deleted.",
    )
    KEYGEN_SERVICE_URL: ServiceUrls = Field(
        default="",
        description="Where blocks of ids are leased: URLs of keygen services, "
        "separated by commas. Default: the database.",
    )
    KEYGEN_PRIMARY_REDIS_URL: RedisUrl = Field(
        default="", description="First Redis node of keygen. Default: `REDIS_URL`."
    )
    KEYGEN_SECONDARY_REDIS_URL: RedisUrl = Field(
        default="",
        description="Second Redis node of keygen, used while the first is away.",
    )
    METRICS_PORT: Annotated[int, Field(ge=0, le=65_535)] = Field(
        default=0,
        description="TCP port of metrics and health for processes without another "
        "port (ingest, warmer). 0 takes a free one, and logs it.",
    )
    CODE_KEY: str = Field(
        default="",
        repr=False,
        description="Secret that makes short codes unguessable; any text of at least "
        "16 characters. Default: made once and kept in the database.",
    )
    ID_BLOCK_SIZE: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=1000, description="How many ids are leased at a time."
    )
    ID_ALLOCATOR_KEY: str = Field(
        default="id_allocator:url",
        min_length=1,
        description="Name of the counter that ids are leased from.",
    )
    CORS_ORIGINS: Annotated[Origins, NoDecode] = Field(
        default=(),
        description="Origins of other sites' pages that may call the API in a "
        "browser, such as `https://app.example.com`, separated by commas, or `*` for "
        "all. Never with cookies. Default: none.",
    )
    ALLOWED_SCHEMES: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset({"http", "https"}),
        description="URL schemes that may be shortened, separated by commas.",
    )
    TARGET_MAX_LENGTH: Annotated[int, Field(ge=16, le=8_192)] = Field(
        default=8_192, description="Longest URL that may be shortened, in characters."
    )
    BLOCKLIST_FILES: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="Paths of files, separated by commas, with hosts and patterns of "
        "URLs to which no link may lead, one a line. They are read again when they "
        "change. Default: none.",
    )
    ALLOW_SHORTENERS: bool = Field(
        default=False,
        description="Whether links may lead to other well-known shorteners, such as "
        "bit.ly.",
    )
    UNICODE_CODES: bool = Field(
        default=False,
        description="Whether a chosen code may have letters of every script, "
        "and not only those of English.",
    )
    RESTORE_DAYS: int = Field(
        default=7,
        ge=0,
        le=3_650,
        description="For how many days a deleted link can be restored. 0: never.",
    )
    ALLOW_CREDENTIALS_IN_TARGETS: bool = Field(
        default=False,
        description="Whether URLs with a user name or password may be shortened.",
    )
    TRUSTED_PROXIES: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks, separated by commas, whose "
        "`X-Forwarded-For` is trusted, or `Forwarded` where that is not sent. They "
        "must set or remove both.",
    )
    NEAR_CACHE_MEGABYTES: Megabytes = Field(
        default=40, description="Memory for the near cache of links, in megabytes."
    )
    NEAR_CACHE_SECONDS: Seconds = Field(
        default=300.0,
        description="How long, in seconds, a link is cached before it is looked "
        "up again.",
    )
    ABSENCE_CACHE_SECONDS: Seconds = Field(
        default=5.0,
        description="How long, in seconds, this server remembers that a code belongs "
        "to no link. Creating the link ends it at once.",
    )
    JOURNAL_SEGMENT_MEGABYTES: Megabytes = Field(
        default=16, description="Size of one file of the click journal, in megabytes."
    )
    JOURNAL_MAX_MEGABYTES: Megabytes = Field(
        default=4_096,
        description="Disk that clicks which are not counted yet may take, in "
        "megabytes. Beyond it clicks are dropped, and that is reported.",
    )
    INGESTION_FLUSH_INTERVAL_SECONDS: Annotated[float, Field(gt=0, le=60)] | None = (
        Field(
            default=None,
            description="How long, in seconds, recorded clicks gather at most before "
            "they are counted, in every process that counts. Default: 0.5; with "
            "PostgreSQL 0.05, because other processes report the count.",
        )
    )
    INGESTION_BATCH_SIZE: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=20_000,
        description="How many clicks are read back from the journal and counted in "
        "one transaction at most.",
    )
    INGESTION_BLOCK_MS: Annotated[int, Field(ge=1, le=60_000)] = Field(
        default=200,
        description="How long, in milliseconds, an ingest worker waits for clicks in "
        "one read of the bus. What has come by then is counted, or sooner if "
        "`INGESTION_FLUSH_INTERVAL_SECONDS` is shorter.",
    )
    CLICK_GAP_SECONDS: Annotated[float, Field(gt=0, le=604_800)] = Field(
        default=600.0,
        description="How long, in seconds, a click may be on the bus without being "
        "counted before it is reported as missing. An outage makes clicks late.",
    )
    REQUEST_TIMEOUT_SECONDS: Seconds = Field(
        default=15.0,
        description="How long, in seconds, a client may take to send a request.",
    )
    KEEP_ALIVE_SECONDS: Seconds = Field(
        default=30.0,
        description="How long, in seconds, an idle connection is kept open.",
    )
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO",
        description="Least severity that is logged: `DEBUG`, `INFO`, `WARNING` or "
        "`ERROR`.",
    )
    LOG_FORMAT: Literal["auto", "console", "json"] = Field(
        default="auto",
        description="`console` is for people, `json` for programs; `auto` is "
        "`console` in a terminal and `json` elsewhere.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see `files`
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - there are none
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of values; an earlier one overrides a later one."""
        return (init_settings, env_settings, *reversed(settings_files(settings_cls)))

    @field_validator(
        "ALLOWED_SCHEMES",
        "BLOCKLIST_FILES",
        "CORS_ORIGINS",
        "OWN_HOSTS",
        "TRUSTED_PROXIES",
        mode="before",
    )
    @classmethod
    def _split_list(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("ALLOWED_SCHEMES")
    @classmethod
    def _lower_schemes(cls, value: frozenset[str]) -> frozenset[str]:
        schemes = frozenset(scheme.lower() for scheme in value)
        dangerous = schemes & {"javascript", "data", "vbscript", "file", "blob"}
        if dangerous:
            raise ValueError(
                f"{min(dangerous)!r} runs code or reads files in a browser"
            )
        return schemes

    @field_validator("TRUSTED_PROXIES")
    @classmethod
    def _check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value

    @field_validator("LOG_LEVEL", "KAFKA_SASL_MECHANISM", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("KAFKA_SECURITY_PROTOCOL", "KAFKA_COMPRESSION", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("CODE_KEY")
    @classmethod
    def _check_secret(cls, value: str) -> str:
        return check_secret(value)

    @property
    def base_url(self) -> str:
        """Where visitors reach this server, without a slash at the end."""
        return self.BASE_URL or f"http://localhost:{self.PORT}"

    @property
    def database_url(self) -> str:
        """The store's URL, with the default filled in."""
        path = self.DATA_DIR.absolute() / "waypost.db"
        return self.DATABASE_URL or f"sqlite:///{path}"

    @property
    def journal_folder(self) -> Path:
        """Where a process of these settings keeps its click journal."""
        return self.DATA_DIR / "journal"
