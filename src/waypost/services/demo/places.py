"""Where visitors of a demonstration are, when they are awake, and what they speak.

A country: its share of the world's visitors, its zone, the system of most phones, its
languages with weights, and its cities, each with its region of ISO 3166-2.
"""

from typing import Final, NamedTuple


class Country(NamedTuple):
    """A country of visitors."""

    code: str
    weight: float
    zone: str
    phones: str
    """The system of most phones."""
    languages: str
    cities: str = ""
    """`region:city:weight`, separated by semicolons."""


COUNTRIES: Final = (
    Country(
        "US",
        24,
        "America/Chicago",
        "ios",
        "en:90 es:8 zh:2",
        "US-NY:New York:18;US-CA:Los Angeles:13;US-IL:Chicago:9;US-TX:Houston:7;"
        "US-CA:San Francisco:8;US-WA:Seattle:6;US-MA:Boston:6;US-TX:Austin:5;"
        "US-GA:Atlanta:5;US-FL:Miami:5;US-CO:Denver:4;US-VA:Ashburn:3",
    ),
    Country(
        "DE",
        12,
        "Europe/Berlin",
        "android",
        "de:88 en:8 tr:4",
        "DE-BE:Berlin:20;DE-BY:Munich:14;DE-HH:Hamburg:12;DE-NW:Cologne:10;"
        "DE-HE:Frankfurt am Main:10;DE-BW:Stuttgart:8;DE-SN:Leipzig:6",
    ),
    Country(
        "GB",
        9,
        "Europe/London",
        "ios",
        "en:97 pl:3",
        "GB-ENG:London:40;GB-ENG:Manchester:12;GB-ENG:Birmingham:9;"
        "GB-SCT:Edinburgh:7;GB-SCT:Glasgow:7;GB-ENG:Bristol:6;GB-WLS:Cardiff:4",
    ),
    Country(
        "CH",
        6,
        "Europe/Zurich",
        "ios",
        "de:58 fr:22 it:7 en:13",
        "CH-ZH:Zurich:34;CH-GE:Geneva:15;CH-BS:Basel:12;CH-BE:Bern:12;"
        "CH-VD:Lausanne:10;CH-LU:Luzern:6;CH-TI:Lugano:5",
    ),
    Country(
        "FR",
        7,
        "Europe/Paris",
        "android",
        "fr:93 en:7",
        "FR-IDF:Paris:42;FR-ARA:Lyon:13;FR-PAC:Marseille:11;FR-OCC:Toulouse:8;"
        "FR-NAQ:Bordeaux:7;FR-HDF:Lille:7",
    ),
    Country(
        "IN",
        8,
        "Asia/Kolkata",
        "android",
        "en:78 hi:22",
        "IN-MH:Mumbai:22;IN-KA:Bengaluru:22;IN-DL:Delhi:20;IN-TG:Hyderabad:12;"
        "IN-TN:Chennai:11;IN-MH:Pune:8",
    ),
    Country(
        "BR",
        5,
        "America/Sao_Paulo",
        "android",
        "pt:97 en:3",
        "BR-SP:São Paulo:40;BR-RJ:Rio de Janeiro:20;BR-MG:Belo Horizonte:10;"
        "BR-DF:Brasília:8;BR-PR:Curitiba:7",
    ),
    Country(
        "JP",
        4,
        "Asia/Tokyo",
        "ios",
        "ja:96 en:4",
        "JP-13:Tokyo:50;JP-27:Osaka:20;JP-14:Yokohama:10;JP-23:Nagoya:9",
    ),
    Country(
        "NL",
        4,
        "Europe/Amsterdam",
        "android",
        "nl:82 en:18",
        "NL-NH:Amsterdam:40;NL-ZH:Rotterdam:20;NL-UT:Utrecht:14;NL-ZH:The Hague:12",
    ),
    Country(
        "CA",
        4,
        "America/Toronto",
        "ios",
        "en:76 fr:24",
        "CA-ON:Toronto:36;CA-QC:Montreal:24;CA-BC:Vancouver:18;CA-AB:Calgary:9",
    ),
    Country(
        "AT",
        3,
        "Europe/Vienna",
        "android",
        "de:94 en:6",
        "AT-9:Vienna:54;AT-6:Graz:13;AT-4:Linz:10;AT-5:Salzburg:9",
    ),
    Country(
        "AU",
        3,
        "Australia/Sydney",
        "ios",
        "en:98 zh:2",
        "AU-NSW:Sydney:38;AU-VIC:Melbourne:34;AU-QLD:Brisbane:14;AU-WA:Perth:9",
    ),
    Country(
        "ES",
        3,
        "Europe/Madrid",
        "android",
        "es:84 ca:10 en:6",
        "ES-MD:Madrid:40;ES-CT:Barcelona:32;ES-VC:Valencia:11;ES-AN:Seville:8",
    ),
    Country(
        "IT",
        3,
        "Europe/Rome",
        "android",
        "it:95 en:5",
        "IT-62:Rome:32;IT-25:Milan:34;IT-72:Naples:10;IT-21:Turin:10",
    ),
    Country(
        "PL",
        2,
        "Europe/Warsaw",
        "android",
        "pl:95 en:5",
        "PL-14:Warsaw:42;PL-12:Krakow:20;PL-02:Wroclaw:14",
    ),
    Country(
        "SE",
        2,
        "Europe/Stockholm",
        "ios",
        "sv:84 en:16",
        "SE-AB:Stockholm:48;SE-O:Gothenburg:24;SE-M:Malmo:13",
    ),
    Country("MX", 1.6, "America/Mexico_City", "android", "es:96 en:4"),
    Country("ID", 1.5, "Asia/Jakarta", "android", "id:90 en:10"),
    Country("TR", 1.3, "Europe/Istanbul", "android", "tr:95 en:5"),
    Country("BE", 1.2, "Europe/Brussels", "android", "nl:56 fr:36 en:8"),
    Country("DK", 1.1, "Europe/Copenhagen", "ios", "da:84 en:16"),
    Country("NO", 1.0, "Europe/Oslo", "ios", "nb:85 en:15"),
    Country("PT", 0.9, "Europe/Lisbon", "android", "pt:92 en:8"),
    Country("IE", 0.9, "Europe/Dublin", "ios", "en:98 ga:2"),
    Country("CZ", 0.9, "Europe/Prague", "android", "cs:94 en:6"),
    Country("ZA", 0.8, "Africa/Johannesburg", "android", "en:90 af:10"),
    Country("SG", 0.8, "Asia/Singapore", "ios", "en:84 zh:16"),
    Country("KR", 0.8, "Asia/Seoul", "android", "ko:96 en:4"),
    Country("NG", 0.7, "Africa/Lagos", "android", "en:100"),
    Country("FI", 0.7, "Europe/Helsinki", "android", "fi:88 en:12"),
    Country("AR", 0.7, "America/Argentina/Buenos_Aires", "android", "es:97 en:3"),
    Country("NZ", 0.6, "Pacific/Auckland", "ios", "en:100"),
    Country("NP", 0.3, "Asia/Kathmandu", "android", "ne:60 en:40"),
    Country("IS", 0.2, "Atlantic/Reykjavik", "ios", "is:80 en:20"),
)

AWAKE: Final = (
    (
        2,
        1,
        1,
        1,
        1,
        2,
        8,
        20,
        38,
        44,
        42,
        40,
        46,
        42,
        40,
        38,
        37,
        38,
        40,
        42,
        45,
        38,
        22,
        8,
    ),
    (
        4,
        3,
        2,
        1,
        1,
        1,
        3,
        8,
        16,
        26,
        34,
        37,
        36,
        34,
        33,
        34,
        36,
        38,
        42,
        46,
        46,
        38,
        24,
        10,
    ),
)
"""How busy the hours of a local day are: of a working day, and of a weekend."""

CENTRES: Final = (("US", 62), ("IE", 10), ("DE", 9), ("NL", 7), ("SG", 6), ("FR", 6))
"""Where programs run, with weights."""
