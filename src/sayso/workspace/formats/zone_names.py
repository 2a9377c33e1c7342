"""Names of time zones in calendar files, and the IANA zones that they mean.

What they mean is from Microsoft's lists of time zones (Windows, Exchange, Collaboration Data Objects), CLDR's
`windowsZones` and metazones, and the lists of Lotus Notes' names that other readers of iCalendar keep.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sayso.base.zones import Rules, zone_named

# Windows' name without "Standard Time", its IANA zone, what programs show for it (also earlier ones), cut at |.
_WINDOWS = """
AUS Central: Australia/Darwin: Darwin
AUS Eastern: Australia/Sydney: Canberra, Melbourne, Sydney | Canberra, Melbourne, Sydney, Hobart (year 2000 only)
Afghanistan: Asia/Kabul: Kabul
Alaskan: America/Anchorage: Alaska
Aleutian: America/Adak: Aleutian Islands
Altai: Asia/Barnaul: Barnaul, Gorno-Altaysk
Arab: Asia/Riyadh: Kuwait, Riyadh | Arab, Kuwait, Riyadh
Arabian: Asia/Dubai: Abu Dhabi, Muscat
Arabic: Asia/Baghdad: Baghdad
Argentina: America/Argentina/Buenos_Aires: City of Buenos Aires | Buenos Aires
Astrakhan: Europe/Astrakhan: Astrakhan, Ulyanovsk
Atlantic: America/Halifax: Atlantic Time (Canada) | Atlantic Time
Aus Central W.: Australia/Eucla: Eucla
Azerbaijan: Asia/Baku: Baku
Azores: Atlantic/Azores: Azores
Bahia: America/Bahia: Salvador
Bangladesh: Asia/Dhaka: Dhaka
Belarus: Europe/Minsk: Minsk
Bougainville: Pacific/Bougainville: Bougainville Island
Canada Central: America/Regina: Saskatchewan
Cape Verde: Atlantic/Cape_Verde: Cabo Verde Is. | Cape Verde Is. | Cape Verde Islands
Caucasus: Asia/Yerevan: Yerevan | Baku, Tbilisi, Yerevan
Cen. Australia: Australia/Adelaide: Adelaide | Adelaide, Central Australia
Central America: America/Guatemala: Central America
Central Asia: Asia/Bishkek: Bishkek | Astana | Astana, Dhaka | Nur-Sultan
Central Brazilian: America/Cuiaba: Cuiaba | Manaus
Central Europe: Europe/Budapest: Belgrade, Bratislava, Budapest, Ljubljana, Prague | Prague, Central Europe
Central European: Europe/Warsaw: Sarajevo, Skopje, Warsaw, Zagreb | Sarajevo, Skopje, Sofija, Vilnius, Warsaw, Zagreb
Central Pacific: Pacific/Guadalcanal: Solomon Is., New Caledonia | Magadan, Solomon Is., New Caledonia
Central: America/Chicago: Central Time (US & Canada) | Central Time | US Central
Central Standard Time (Mexico): America/Mexico_City: Guadalajara, Mexico City, Monterrey | Mexico City, Tegucigalpa
Chatham Islands: Pacific/Chatham: Chatham Islands
China: Asia/Shanghai: Beijing, Chongqing, Hong Kong, Urumqi | Beijing, Chongqing, Hong Kong SAR, Urumqi
Cuba: America/Havana: Havana
Dateline: Etc/GMT+12: International Date Line West | Dateline Time
E. Africa: Africa/Nairobi: Nairobi | East Africa, Nairobi
E. Australia: Australia/Brisbane: Brisbane | Brisbane, East Australia
E. Europe: Europe/Chisinau: Chisinau
E. South America: America/Sao_Paulo: Brasilia | Brasília
Easter Island: Pacific/Easter: Easter Island
Eastern: America/New_York: Eastern Time (US & Canada) | Eastern Time | US Eastern Time
Eastern Standard Time (Mexico): America/Cancun: Chetumal
Egypt: Africa/Cairo: Cairo
Ekaterinburg: Asia/Yekaterinburg: Ekaterinburg
FLE: Europe/Kyiv: Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius | Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius
Fiji: Pacific/Fiji: Fiji | Fiji Islands, Kamchatka, Marshall Is. | Fiji, Kamchatka, Marshall Is.
GMT: Europe/London: Dublin, Edinburgh, Lisbon, London | Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London
GMT: Europe/London: Greenwich Mean Time; Dublin, Edinburgh, London | British Time | British Summer Time
GTB: Europe/Bucharest: Athens, Bucharest | Athens, Bucharest, Istanbul | Athens, Istanbul, Minsk
Georgian: Asia/Tbilisi: Tbilisi
Greenland: America/Nuuk: Greenland
Greenwich: Atlantic/Reykjavik: Monrovia, Reykjavik
Haiti: America/Port-au-Prince: Haiti
Hawaiian: Pacific/Honolulu: Hawaii
India: Asia/Kolkata: Chennai, Kolkata, Mumbai, New Delhi | Kolkata, Chennai, Mumbai, New Delhi, India Standard Time
Iran: Asia/Tehran: Tehran
Israel: Asia/Jerusalem: Jerusalem | Israel, Jerusalem Standard Time
Jordan: Asia/Amman: Amman
Kaliningrad: Europe/Kaliningrad: Kaliningrad
Kamchatka: Asia/Kamchatka: Petropavlovsk-Kamchatsky | Petropavlovsk-Kamchatsky - Old
Korea: Asia/Seoul: Seoul | Seoul, Korea Standard time | Korean Standard Time
Libya: Africa/Tripoli: Tripoli
Line Islands: Pacific/Kiritimati: Kiritimati Island
Lord Howe: Australia/Lord_Howe: Lord Howe Island
Magadan: Asia/Magadan: Magadan
Magallanes: America/Punta_Arenas: Punta Arenas
Marquesas: Pacific/Marquesas: Marquesas Islands
Mauritius: Indian/Mauritius: Port Louis
Mexico: America/Mexico_City: Guadalajara, Mexico City, Monterrey - Old | Guadalajara, Mexico City, Monterrey - New
Mexico Standard Time 2: America/Mazatlan: Chihuahua, La Paz, Mazatlan - Old | Chihuahua, La Paz, Mazatlan - New
Mid-Atlantic: Etc/GMT+2: Mid-Atlantic | Mid-Atlantic - Old
Middle East: Asia/Beirut: Beirut
Montevideo: America/Montevideo: Montevideo
Morocco: Africa/Casablanca: Casablanca | Casablanca, Monrovia
Mountain: America/Denver: Mountain Time (US & Canada) | Mountain Time | US-Mountain
Mountain Standard Time (Mexico): America/Mazatlan: La Paz, Mazatlan | Chihuahua, La Paz, Mazatlan
Myanmar: Asia/Yangon: Yangon (Rangoon) | Rangoon
N. Central Asia: Asia/Novosibirsk: Novosibirsk | Almaty, Novosibirsk | Almaty, Novosibirsk, North Central Asia
Namibia: Africa/Windhoek: Windhoek
Nepal: Asia/Kathmandu: Kathmandu | Kathmandu, Nepal
New Zealand: Pacific/Auckland: Auckland, Wellington
Newfoundland: America/St_Johns: Newfoundland
Norfolk: Pacific/Norfolk: Norfolk Island
North Asia East: Asia/Irkutsk: Irkutsk | Irkutsk, Ulaanbaatar | Irkutsk, Ulaan Bataar
North Asia: Asia/Krasnoyarsk: Krasnoyarsk
North Korea: Asia/Pyongyang: Pyongyang
Omsk: Asia/Omsk: Omsk
Pacific SA: America/Santiago: Santiago
Pacific: America/Los_Angeles: Pacific Time (US & Canada) | Pacific Time (US & Canada); Tijuana | Pacific Time
Pacific Standard Time (Mexico): America/Tijuana: Baja California | Tijuana, Baja California
Pakistan: Asia/Karachi: Islamabad, Karachi | Islamabad, Karachi, Tashkent
Paraguay: America/Asuncion: Asuncion
Qyzylorda: Asia/Qyzylorda: Qyzylorda
Romance: Europe/Paris: Brussels, Copenhagen, Madrid, Paris | Paris, Madrid, Brussels, Copenhagen
Russia Time Zone 10: Asia/Srednekolymsk: Chokurdakh
Russia Time Zone 11: Asia/Kamchatka: Anadyr, Petropavlovsk-Kamchatsky
Russia Time Zone 3: Europe/Samara: Izhevsk, Samara
Russian: Europe/Moscow: Moscow, St. Petersburg | Moscow, St. Petersburg, Volgograd | Moscow Standard Time
SA Eastern: America/Cayenne: Cayenne, Fortaleza | Georgetown | Buenos Aires, Georgetown
SA Pacific: America/Bogota: Bogota, Lima, Quito, Rio Branco | Bogota, Lima, Quito
SA Western: America/La_Paz: Georgetown, La Paz, Manaus, San Juan | Georgetown, La Paz, San Juan | Caracas, La Paz
SE Asia: Asia/Bangkok: Bangkok, Hanoi, Jakarta
Saint Pierre: America/Miquelon: Saint Pierre and Miquelon
Sakhalin: Asia/Sakhalin: Sakhalin
Samoa: Pacific/Apia: Samoa
Sao Tome: Africa/Sao_Tome: Sao Tome
Saratov: Europe/Saratov: Saratov
Singapore: Asia/Singapore: Kuala Lumpur, Singapore
South Africa: Africa/Johannesburg: Harare, Pretoria
South Sudan: Africa/Juba: Juba
Sri Lanka: Asia/Colombo: Sri Jayawardenepura | Sri Jayawardenepura, Sri Lanka
Sudan: Africa/Khartoum: Khartoum
Syria: Asia/Damascus: Damascus
Taipei: Asia/Taipei: Taipei
Tasmania: Australia/Hobart: Hobart | Hobart, Tasmania
Tocantins: America/Araguaina: Araguaina
Tokyo: Asia/Tokyo: Osaka, Sapporo, Tokyo | Japan Standard Time | Japan Time
Tomsk: Asia/Tomsk: Tomsk
Tonga: Pacific/Tongatapu: Nuku'alofa | Nuku'alofa, Tonga
Transbaikal: Asia/Chita: Chita
Turkey: Europe/Istanbul: Istanbul
Turks And Caicos: America/Grand_Turk: Turks and Caicos
US Eastern: America/Indiana/Indianapolis: Indiana (East)
US Mountain: America/Phoenix: Arizona
Ulaanbaatar: Asia/Ulaanbaatar: Ulaanbaatar
Venezuela: America/Caracas: Caracas
Vladivostok: Asia/Vladivostok: Vladivostok
Volgograd: Europe/Volgograd: Volgograd
W. Australia: Australia/Perth: Perth | Perth, Western Australia
W. Central Africa: Africa/Lagos: West Central Africa
W. Europe: Europe/Berlin: Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna | Western Europe
W. Mongolia: Asia/Hovd: Hovd
West Asia: Asia/Tashkent: Ashgabat, Tashkent | Tashkent
West Bank: Asia/Hebron: Gaza, Hebron
West Pacific: Pacific/Port_Moresby: Guam, Port Moresby
Yakutsk: Asia/Yakutsk: Yakutsk
Yukon: America/Whitehorse: Yukon
Coordinated Universal: UTC: Universal Coordinated Time | tzone://Microsoft/Utc | Universal Time | Greenwich Mean Time
"""

# The same zones as they are called in other languages and in CLDR, without the words for time.
_OTHERS = """
America/Los_Angeles: US Pacific | Pacifique (É.-U. et Canada) | Pacífico (EE.UU. y Canadá)
America/New_York: US Eastern Time | Est (É.-U. et Canada) | Este (EE.UU. y Canadá) | Nordamerikanische Ostküsten
America/Chicago: Centre (É.-U. et Canada) | Centro (EE.UU. y Canadá) | Nordamerikanische Inland
America/Denver: Rocheuses (É.-U. et Canada) | Rocky-Mountains | Montaña (EE.UU. y Canadá)
America/Sao_Paulo: Brasilia | E. América do Sul | Brasília | Brazil
Asia/Kolkata: Indian | Indische | India
Asia/Shanghai: Chinese | Chinesische | Chine | 北京，重庆，香港特别行政区，乌鲁木齐 | 中国
Asia/Tokyo: Japan | Japanische | 東京 | 大阪、札幌、東京 | 日本
Australia/Sydney: Australian Eastern | Eastern Australia
Australia/Adelaide: Australian Central
Australia/Perth: Australian Western
Europe/Athens: Osteuropäische | Eastern European | Europe de l'Est | Europa oriental | Europa orientale | Oost-Europese
Europe/Berlin: Mitteleuropäische | Mitteleuropa | W. Europa | Westeuropa | Europe de l'Ouest | Europa occidental
Europe/Berlin: Europa occidentale | West-Europa | Central European Time | Central European Summer
Europe/Berlin: Europe centrale | Europa central | Midden-Europese | Europa Środkowa | Western/Central Europe
Europe/London: British | GMT Normalzeit | Royaume-Uni | Reino Unido
Europe/Lisbon: Westeuropäische Zeit | Western European | Portugal
Europe/Moscow: Moskauer | Moscow | Русское
Europe/Paris: Romanische | Romance | Paris, Madrid
Europe/Warsaw: Sarajewo, Skopie, Warszawa, Zagrzeb | Środkowoeuropejski
Europe/Dublin: Irish
Asia/Yekaterinburg: Екатеринбург
"""

# Cities that are not IANA's, or not in English; what Windows' lists of cities show in some languages among them.
_CITIES = """
Africa/Cairo: Kairo, Le Caire, El Cairo, Il Cairo
Africa/Johannesburg: Pretoria, Prätoria, Cape Town, Kapstadt
America/Bogota: Quito, Rio Branco
America/Chicago: Dallas, Houston, Austin, Minneapolis, New Orleans, St. Louis
America/Denver: Salt Lake City
America/Los_Angeles: San Francisco, San Jose, SanJose, Seattle, San Diego, Las Vegas, Portland, Sacramento
America/Mexico_City: Guadalajara, Ciudad de México, Mexiko-Stadt
America/New_York: Boston, Washington, Washington DC, Miami, Atlanta, Philadelphia, NYC, Pittsburgh
America/Sao_Paulo: Rio de Janeiro, Brasilia, Brasília
America/Toronto: Ottawa
Asia/Bangkok: Hanoi, Bangkok
Asia/Dubai: Abu Dhabi
Asia/Karachi: Islamabad
Asia/Kolkata: Mumbai, Bombay, New Delhi, Delhi, Neu-Delhi, Chennai, Madras, Bangalore, Bengaluru, Hyderabad, Pune
Asia/Riyadh: Riad, Kuwait
Asia/Shanghai: Beijing, Peking, Pékin, Pequim, Chongqing, Urumqi, Shenzhen, Guangzhou
Asia/Singapore: Singapur, Singapour
Asia/Tokyo: Osaka, Sapporo, Tokio, Kyoto
Asia/Yangon: Rangoon, Rangun
Asia/Jerusalem: Tel Aviv, Jérusalem
Asia/Yekaterinburg: Ekaterinburg
Australia/Sydney: Canberra
Europe/Amsterdam: Rotterdam, The Hague, Den Haag
Europe/Athens: Athen, Athènes, Atenas, Atene
Europe/Belgrade: Belgrad, Beograd, Belgrado
Europe/Berlin: Hamburg, Munich, München, Frankfurt, Köln, Cologne, Stuttgart, Düsseldorf, Berlín, Berlino, Germany
Europe/Brussels: Brüssel, Bruxelles, Brussel, Bruselas
Europe/Bucharest: Bukarest, Bucarest, București
Europe/Copenhagen: Kopenhagen, Copenhague, København, Copenaghen
Europe/Dublin: Dublín
Europe/Helsinki: Helsingfors
Europe/Istanbul: Estambul
Europe/Kyiv: Kiew
Europe/Lisbon: Lissabon, Lisbonne, Lisboa, Lisbona
Europe/London: Edinburgh, Londres, Londra, Londyn, Manchester, Birmingham
Europe/Madrid: Barcelona
Europe/Moscow: Moskau, Moscou, Moscú, Mosca, Moskva, Москва, St. Petersburg, Saint Petersburg
Europe/Paris: Lyon, Marseille, París, Parigi, Parijs, France
Europe/Prague: Prag, Praha, Praga
Europe/Rome: Rom, Roma, Milan, Milano, Mailand, Italy
Europe/Stockholm: Estocolmo
Europe/Vienna: Wien, Vienne, Viena, Wenen
Europe/Warsaw: Warschau, Warszawa, Varsovie, Varsovia
Europe/Zurich: Bern, Berne, Berna, Geneva, Genf, Genève, Basel, Zürich, Switzerland
Pacific/Auckland: Wellington
"""

_SHORT = """
America/Anchorage: AKST AKDT AKT
America/Chicago: CST CDT CT
America/Denver: MDT MT
America/Halifax: AST ADT
America/Los_Angeles: PST PDT PT
America/New_York: EDT ET
America/Sao_Paulo: BRT BRST
America/St_Johns: NST NDT
America/Argentina/Buenos_Aires: ART
Africa/Johannesburg: SAST
Africa/Lagos: WAT
Africa/Maputo: CAT
Africa/Nairobi: EAT
Asia/Dubai: GST
Asia/Hong_Kong: HKT
Asia/Karachi: PKT
Asia/Manila: PHT
Asia/Seoul: KST
Asia/Singapore: SGT
Asia/Tokyo: JST
Australia/Adelaide: ACST ACDT
Australia/Perth: AWST
Australia/Sydney: AEST AEDT AET
Europe/Athens: EEST
Europe/Berlin: CEST MEZ MESZ
Europe/Lisbon: WEST
Europe/London: BST
Europe/Moscow: MSK
Pacific/Auckland: NZST NZDT NZT
"""

# X-MICROSOFT-CDO-TZID: the numbers of Collaboration Data Objects' CdoTimeZoneId.
_NUMBERS = """
0 UTC 1 Europe/London 2 Europe/Lisbon 3 Europe/Paris 4 Europe/Berlin 5 Europe/Bucharest 6 Europe/Prague 7 Europe/Athens
8 America/Sao_Paulo 9 America/Halifax 10 America/New_York 11 America/Chicago 12 America/Denver 13 America/Los_Angeles
14 America/Anchorage 15 Pacific/Honolulu 16 Pacific/Midway 17 Pacific/Auckland 18 Australia/Brisbane
19 Australia/Adelaide 20 Asia/Tokyo 21 Asia/Singapore 22 Asia/Bangkok 23 Asia/Kolkata 24 Asia/Dubai 25 Asia/Tehran
26 Asia/Baghdad 27 Asia/Jerusalem 28 America/St_Johns 29 Atlantic/Azores 30 Etc/GMT+2 31 Africa/Casablanca
32 America/Argentina/Buenos_Aires 33 America/La_Paz 34 America/Indiana/Indianapolis 35 America/Bogota 36 America/Regina
37 America/Mexico_City 38 America/Phoenix 39 Pacific/Kwajalein 40 Pacific/Fiji 41 Asia/Magadan 42 Australia/Hobart
43 Pacific/Guam 44 Australia/Darwin 45 Asia/Shanghai 46 Asia/Almaty 47 Asia/Karachi 48 Asia/Kabul 49 Africa/Cairo
50 Africa/Harare 51 Europe/Moscow 53 Atlantic/Cape_Verde 54 Asia/Baku 55 America/Guatemala 56 Africa/Nairobi
58 Asia/Yekaterinburg 59 Europe/Helsinki 60 America/Nuuk 61 Asia/Yangon 62 Asia/Kathmandu 63 Asia/Irkutsk
64 Asia/Krasnoyarsk 65 America/Santiago 66 Asia/Colombo 67 Pacific/Tongatapu 68 Asia/Vladivostok 69 Africa/Lagos
70 Asia/Yakutsk 71 Asia/Dhaka 72 Asia/Seoul 73 Australia/Perth 74 Asia/Riyadh 75 Asia/Taipei 76 Australia/Sydney
"""

COMMON = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/Berlin", "Europe/London",
    "Europe/Helsinki", "Europe/Lisbon", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
    "Africa/Johannesburg", "Asia/Dubai", "Europe/Istanbul", "Europe/Moscow", "Asia/Singapore", "America/Bogota",
    "America/Mexico_City", "Asia/Karachi", "Asia/Hong_Kong", "Europe/Dublin",
)  # fmt: skip
"""Of zones with the same clocks, the ones that are meant most likely; Windows' other zones come behind."""

# "Zulu" and the like are names as well; these are what people call other things, too.
_SHORT_ZONES = frozenset({"CET", "CST6CDT", "EET", "EST", "EST5EDT", "HST", "MET", "MST", "MST7MDT", "PST8PDT", "WET"})
_REGIONS = frozenset({"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})
_NO_CITIES = frozenset({"act", "center", "knox", "lhi", "north", "nsw", "south", "west"})
_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})
_TIME_WORDS = re.compile(
    r"\b(?:(?:standard|daylight|summer|mean|daylight saving|daylight savings) time|standard|daylight|dst|std|time"
    r"|normalzeit|standardzeit|sommerzeit|zeit|heure (?:normale|standard|d.été|avancée|de)|hora (?:estándar|est[aá]ndar"
    r"|de verano)(?: de)?|hora|ora (?:solare|legale)|standaardtijd|zomertijd|tijd|czas|horário (?:padrão|de verão))\b",
    re.IGNORECASE,
)
_DISPLAY = re.compile(
    r"\((?:UTC|GMT) ?([+\-−–]? ?\d{0,2}(?:[:.]?\d\d)?) ?\)(.*)|(?:GMT|UTC)([+-]\d\d:?\d\d)[ :,](.+)",
    re.IGNORECASE | re.DOTALL,
)
_OFFSET = re.compile(r"(UTC|GMT|UT|Z|) ?([+\-−–]) ?(\d{1,2})(?:[:.h]?(\d\d))?", re.IGNORECASE | re.ASCII)
_TWO_OFFSETS = re.compile(
    r"(?:GMT|UTC)? ?([+-]\d\d[:.]?\d\d)(?: ?\(Standard\))? ?/ ?(?:GMT|UTC)? ?([+-]\d\d[:.]?\d\d)(?: ?\(Daylight\))?",
    re.IGNORECASE | re.ASCII,
)
_IN_TEXT = re.compile(r"[A-Za-z]{2,20}/[A-Za-z_+\-0-9]{2,40}(?:/[A-Za-z_+\-0-9]{2,40})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """What a name tells by itself."""

    key: str = ""
    """A zone's, if it is one."""
    offset: int | None = None
    """Seconds east of UTC, if it says how many; without a zone that is the time of winter, at least."""
    other: int | None = None
    """That of summer, if it says that too."""
    fixed: bool = False
    """It says nothing but an offset."""


def iana(text: str) -> str:
    """The IANA zone whose name this is, also in another case, behind a path, or with other marks between its words.
    Otherwise an empty text."""
    lower, squeezed = _names()
    parts = text.strip(" \"'").split("/")
    for count in (3, 2):
        if len(parts) >= count:
            name = "/".join(parts[-count:]).strip()
            if found := lower.get(name.lower()) or squeezed.get(squeeze(name)):
                return found
    last = parts[-1].strip()
    if len(parts) == 1 or not parts[0] or parts[0].lower() == "posix":
        found = lower.get(last.lower(), "")
        if found and found not in _SHORT_ZONES:
            return found
    return squeezed.get(squeeze(last), "") if len(parts) == 1 else ""


def listed(text: str) -> str:
    """The zone whose name stands in one of the lists, also behind an offset; otherwise an empty text."""
    display = _DISPLAY.fullmatch(" ".join(text.split()))
    bare = text.removeprefix("ZW_") if display is None else (display[2] or display[4] or "").strip(" :,")
    return next((key for each in (bare, _TIME_WORDS.sub(" ", bare)) if (key := _lists().get(squeeze(each)))), "")


def numbered(text: str) -> str:
    """The zone of X-MICROSOFT-CDO-TZID; otherwise an empty text."""
    return _numbers().get(text.strip().lstrip("0") or "0", "") if len(text) < 5 else ""


def told(text: str) -> Told:
    """What can be read out of a name that is in no list: a city, an abbreviation, an offset."""
    text = " ".join(text.strip(" \"'").split())
    if (two := _TWO_OFFSETS.fullmatch(text)) is not None:
        return Told(offset=_seconds(two[1]), other=_seconds(two[2]))
    bare = text.removeprefix("(").removesuffix(")").strip()
    if bare.upper() in ("Z", "UTC", "GMT", "UT", "UTC0", "GMT0", "UCT", "ZULU"):
        return Told("UTC", 0, fixed=True)
    if _OFFSET.fullmatch(bare):
        offset = _seconds(bare)
        return Told(offset=offset, fixed=offset is not None)
    offset = None
    if (display := _DISPLAY.fullmatch(text)) is not None:
        offset = _seconds(display[1] or display[3] or "+0")
        text = (display[2] or display[4] or "").strip(" :,")
        if not text or text.startswith("Coordinated Universal Time"):
            return Told(offset=offset, fixed=offset is not None)
    lower, _ = _names()
    if within := next((key for found in _IN_TEXT.findall(text) if (key := lower.get(found.lower()))), ""):
        return Told(within, offset)
    if key := _short().get(text.upper(), ""):
        return Told(key, offset)
    cities = _cities()
    pieces = [text, *re.split(r"[,;/:|，、()]", text)]
    for piece in pieces:
        if key := cities.get(squeeze(_TIME_WORDS.sub(" ", piece)), ""):
            return Told(key, offset)
    return Told(lower.get(text.lower(), ""), offset)


def cities(text: str) -> set[str]:
    """The zones of all the cities that the text names, each word by itself too."""
    known = _cities()
    pieces = {*re.split(r"[,;/:|，、()]", text), *re.split(r"[\W_]+", text)}
    return {key for piece in pieces if (key := known.get(squeeze(piece), ""))}


def fixed_zone(offset: int) -> ZoneInfo | None:
    """The zone that is always at this offset: IANA's for whole hours and where a country has such a one, or our own."""
    hours, rest = divmod(offset, 3_600)
    if not rest and -12 <= hours <= 14:
        return zone_named(f"Etc/GMT{-hours:+}" if hours else "UTC")
    if name := _ODD.get(offset, ""):
        return zone_named(name)
    key = Rules(offset).key
    return zone_named(key) if key else None


_ODD = {
    -34_200: "Pacific/Marquesas", 16_200: "Asia/Kabul", 19_800: "Asia/Kolkata", 20_700: "Asia/Kathmandu",
    23_400: "Asia/Yangon", 31_500: "Australia/Eucla", 34_200: "Australia/Darwin",
}  # fmt: skip


def squeeze(text: str) -> str:
    """The letters and digits, without accents and case, and "and" for "&"."""
    plain = unicodedata.normalize("NFKD", text.replace("&", "and")).casefold()
    return "".join(char for char in plain if char.isalnum())


def _seconds(text: str) -> int | None:
    found = _OFFSET.fullmatch(re.sub(r"\s", "", text))
    if found is None:
        return None
    hours, minutes = int(found[3]), int(found[4] or 0)
    whole = hours * 3_600 + minutes * 60
    if hours > 14 or minutes > 59:
        return None
    return whole if found[2] == "+" else -whole


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    """IANA's names by their lower case, and by their letters those that no sign tells apart."""
    names = sorted(available_timezones() - _NO_ZONES)
    plain = [name for name in names if "/" in name and not name.startswith("Etc/")]
    return {name.lower(): name for name in names}, {squeeze(name): name for name in reversed(plain)}


@cache
def _lists() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _WINDOWS.strip().splitlines():
        name, key, shown = line.split(": ", 2)
        # With "Time" alone, a name such as "Central Europe Time" is CLDR's, which means the same.
        for text in (name, f"{name} Standard Time", f"{name} Daylight Time", *shown.split("|")):
            found.setdefault(squeeze(text), key)
    del found["gmt"]  # which is no zone with a summer, by itself
    for line in _OTHERS.strip().splitlines():
        key, shown = line.split(": ", 1)
        for text in shown.split("|"):
            found.setdefault(squeeze(text), key)
    return found


@cache
def _cities() -> dict[str, str]:
    """Cities by their letters: IANA's, where the name of a zone ends in one, and ours."""
    found: dict[str, str] = {}
    for line in _CITIES.strip().splitlines():
        key, shown = line.split(": ", 1)
        for text in shown.split(","):
            found[squeeze(text)] = key
    for name in sorted(available_timezones()):
        region, _, city = name.rpartition("/")
        if region.split("/")[0] in _REGIONS and squeeze(city) not in _NO_CITIES:
            found.setdefault(squeeze(city), name)
    return found


@cache
def _short() -> dict[str, str]:
    lines = (line.split(": ", 1) for line in _SHORT.strip().splitlines())
    return {text: key for key, shown in lines for text in shown.split()}


@cache
def _numbers() -> dict[str, str]:
    words = _NUMBERS.split()
    return dict(zip(words[::2], words[1::2], strict=True))


@cache
def common_zones() -> tuple[ZoneInfo, ...]:
    """One of each set of zones with the same clocks, those that are meant most likely first."""
    windows = (line.split(": ", 2)[1] for line in _WINDOWS.strip().splitlines())
    return tuple(zone_named(key) for key in dict.fromkeys((*COMMON, *windows)))
