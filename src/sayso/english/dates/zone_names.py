"""The names of time zones: cities and countries, the abbreviations of clocks, what Americans call theirs."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sayso.english.dates.words import listed

UTC = ZoneInfo("UTC")
_ABBREVIATIONS = {
    name: zone
    for zone, names in {
        "America/New_York": "est edt et",
        "America/Chicago": "cst cdt ct",
        "America/Denver": "mst mdt mt",
        "America/Los_Angeles": "pst pdt pt",
        "America/Anchorage": "akst akdt",
        "Pacific/Honolulu": "hst",
        "America/Halifax": "ast adt",
        "America/St_Johns": "nst ndt",
        "America/Sao_Paulo": "brt",
        "Europe/London": "bst",
        "Europe/Berlin": "cet cest mez mesz",
        "Europe/Athens": "eet eest",
        "Europe/Moscow": "msk",
        "Europe/Istanbul": "trt",
        "Africa/Johannesburg": "sast",
        "Asia/Dubai": "gst",
        "Asia/Karachi": "pkt",
        "Asia/Kolkata": "ist",
        "Asia/Kathmandu": "npt",
        "Asia/Jakarta": "wib",
        "Asia/Shanghai": "cnst",
        "Asia/Hong_Kong": "hkt",
        "Asia/Singapore": "sgt",
        "Asia/Manila": "pht",
        "Asia/Tokyo": "jst",
        "Asia/Seoul": "kst",
        "Australia/Sydney": "aest aedt aet",
        "Australia/Adelaide": "acst acdt",
        "Australia/Perth": "awst",
        "Pacific/Auckland": "nzst nzdt nzt",
    }.items()
    for name in names.split()
}
WEAK = frozenset({"et", "ct", "mt", "pt", "eastern", "central", "mountain", "pacific"})
"""Names that are also words and other abbreviations: they need a firm clock time before them and nothing behind."""
_GENERAL = {"et": "EST", "ct": "CST", "mt": "MST", "pt": "PST"}
_GENERAL |= {"eastern": "EST", "central": "CST", "mountain": "MST", "pacific": "PST"}
_NAMES = {
    name.strip(): zone
    for zone, names in {
        "America/New_York": "eastern, us eastern, east coast, washington, washington dc, boston, philadelphia, miami, "
        "atlanta, florida, nyc, ny, dc",
        "America/Chicago": "central, us central, dallas, houston, austin, texas, minneapolis, new orleans",
        "America/Denver": "mountain, us mountain, colorado, salt lake city",
        "America/Phoenix": "arizona",
        "America/Los_Angeles": "pacific, us pacific, west coast, california, san francisco, sf, la, san diego, "
        "seattle, las vegas, vegas, silicon valley, portland",
        "America/Anchorage": "alaska",
        "Pacific/Honolulu": "hawaii, hawaiian",
        "America/Halifax": "atlantic",
        "America/St_Johns": "newfoundland",
        "America/Toronto": "ottawa, montreal",
        "America/Edmonton": "calgary",
        "America/Sao_Paulo": "rio, rio de janeiro, brasilia",
        "America/Argentina/Buenos_Aires": "argentina",
        "America/Bogota": "colombia",
        "America/Lima": "peru",
        "Europe/London": "uk, u k, britain, british, england, english, scotland, wales, edinburgh, glasgow, manchester",
        "Europe/Dublin": "ireland, irish",
        "Europe/Lisbon": "portugal, western european",
        "Europe/Paris": "france, french, lyon",
        "Europe/Madrid": "spain, spanish, barcelona",
        "Europe/Rome": "italy, italian, milan",
        "Europe/Berlin": "central european, germany, german, munich, hamburg, frankfurt, cologne",
        "Europe/Amsterdam": "netherlands, dutch",
        "Europe/Brussels": "belgium",
        "Europe/Vienna": "austria",
        "Europe/Zurich": "switzerland, swiss, geneva",
        "Europe/Copenhagen": "denmark",
        "Europe/Stockholm": "sweden",
        "Europe/Oslo": "norway",
        "Europe/Helsinki": "finland",
        "Europe/Warsaw": "poland",
        "Europe/Prague": "czech",
        "Europe/Athens": "greece, eastern european",
        "Europe/Istanbul": "turkey, turkish",
        "Africa/Cairo": "egypt",
        "Africa/Lagos": "nigeria",
        "Africa/Nairobi": "kenya",
        "Africa/Johannesburg": "south africa, cape town",
        "Asia/Jerusalem": "israel, israeli, tel aviv",
        "Asia/Dubai": "gulf, uae, abu dhabi",
        "Asia/Riyadh": "saudi",
        "Asia/Karachi": "pakistan",
        "Asia/Kolkata": "india, indian, mumbai, delhi, new delhi, bangalore, bengaluru, chennai, hyderabad, pune",
        "Asia/Kathmandu": "nepal",
        "Asia/Dhaka": "bangladesh",
        "Asia/Bangkok": "thailand",
        "Asia/Ho_Chi_Minh": "vietnam, hanoi",
        "Asia/Kuala_Lumpur": "malaysia",
        "Asia/Singapore": "singapore",
        "Asia/Manila": "philippines",
        "Asia/Shanghai": "china, chinese, beijing, shenzhen",
        "Asia/Taipei": "taiwan",
        "Asia/Tokyo": "japan, japanese, osaka, kyoto",
        "Asia/Seoul": "korea, korean, south korea",
        "Australia/Sydney": "australian eastern, canberra",
        "Australia/Adelaide": "australian central",
        "Australia/Perth": "australian western",
        "Pacific/Auckland": "new zealand, nz, wellington",
        "UTC": "utc, gmt, greenwich, coordinated universal, universal, zulu",
    }.items()
    for name in names.split(",")
}
_BETWEEN = {
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    390: "Asia/Yangon",
    525: "Australia/Eucla",
    570: "Australia/Darwin",
    -570: "Pacific/Marquesas",
}
"""Minutes from UTC that are no full hour, and a place that keeps them all year."""
_NO_CITIES = listed("center easter wake reunion north south east west act general")
"""Last parts of names in the database that are other words."""
_SEVERAL = listed("us usa u.s america american australia australian canada canadian brazil russia russian mexico")


def spans_zones(name: str) -> bool:
    """Whether it is a country that has several zones, so that its name alone tells none."""
    return name in _SEVERAL


def abbreviated(name: str, own: tzinfo, year: int) -> tzinfo | None:
    """The zone of "EST" or "ET", whatever the season. What the user's own clocks show in either season is meant so."""
    if name in ("utc", "gmt"):
        return UTC
    zone = _ABBREVIATIONS.get(name)
    if _GENERAL.get(name, name.upper()) in _shown(own, year):
        return own
    if name == "bst" and str(own) == "Asia/Dhaka":
        return own
    return ZoneInfo(zone) if zone else None


@cache
def _shown(zone: tzinfo, year: int) -> frozenset[str | None]:
    """What the clocks of a zone are called in winter and in summer."""
    return frozenset(datetime(year, month, 1, tzinfo=zone).tzname() for month in (1, 7))


def named(name: str, own: tzinfo, year: int) -> tzinfo | None:
    """The zone of a city, a country or a part of one ("new york", "india", "pacific")."""
    if name in _GENERAL and _GENERAL[name] in _shown(own, year):
        return own
    zone = _NAMES.get(plain(name)) or _cities().get(plain(name))
    return ZoneInfo(zone) if zone else None


def by_key(key: str) -> ZoneInfo | None:
    """The zone of an IANA name, however it is spelled in capitals."""
    found = _keys().get(key.casefold())
    return ZoneInfo(found) if found else None


def at_offset(by: timedelta) -> ZoneInfo | None:
    """A zone whose clocks are never changed and show so much more than UTC."""
    hours, rest = divmod(by, timedelta(hours=1))
    if not rest:
        return (ZoneInfo(f"Etc/GMT{-hours:+}") if hours else UTC) if -12 <= hours <= 14 else None
    place = _BETWEEN.get(by // timedelta(minutes=1))
    return ZoneInfo(place) if place else None


def plain(name: str) -> str:
    """The name in lower case, without accents."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char)).strip()


@cache
def _keys() -> dict[str, str]:
    return {key.casefold(): key for key in sorted(available_timezones()) if "/" in key}


@cache
def _cities() -> dict[str, str]:
    """The last parts of the names in the database; of two with the same one, the shorter."""
    found = sorted(_of_places(), key=lambda key: (-len(key), key))
    cities = {plain(key.rpartition("/")[2].replace("_", " ")): key for key in found}
    return {name: key for name, key in cities.items() if name not in _NO_CITIES}


def _of_places() -> Iterator[str]:
    areas = (
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    return (key for key in _keys().values() if key.startswith(tuple(f"{area}/" for area in areas)))
