"""A charset is what its name stands for in practice (WHATWG Encoding), also where it lies."""

from collections.abc import Callable

import pytest
from tests.kit.mails import mail
from tests.workspace.conftest import Brought

TEXTS = {
    "iso-8859-1": ("“It’s” € 20 –".encode("cp1252"), "“It’s” € 20 –"),
    "us-ascii": ("“It’s”".encode("cp1252"), "“It’s”"),
    "iso-8859-9": ("İş – “x”".encode("cp1254"), "İş – “x”"),
    "iso-8859-2": ("žluť “x”".encode("cp1250"), "žluť “x”"),
    "gb2312": ("请带镕基的书".encode("gb18030"), "请带镕基的书"),
    "gbk": ("㐂€".encode("gb18030"), "㐂€"),
    "big5": ("裏€".encode("cp950"), "裏€"),
    "shift_jis": ("髙橋①会議".encode("cp932"), "髙橋①会議"),
    "x-sjis": ("①".encode("cp932"), "①"),
    "iso-2022-jp": (b"\x1b$B-!2q5D\x1b(B ok \x1b(I12\x1b(B", "①会議 ok ｱｲ"),
    "euc-jp": (b"\xad\xa1\xb2\xf1\xb5\xc4 ok", "①会議 ok"),
    "ks_c_5601-1987": ("똠방".encode("cp949"), "똠방"),
    "tis-620": ("ไทย …".encode("cp874"), "ไทย …"),
    "windows-1251": ("Привет".encode("cp1251"), "Привет"),
    "win-1251": ("Привет".encode("cp1251"), "Привет"),
    "koi8-r": ("Привет".encode("koi8-r"), "Привет"),
    "iso-8859-8-i": ("שלום".encode("iso8859-8"), "שלום"),
    "x-mac-roman": ("é".encode("mac-roman"), "é"),
    "utf8": ("é☕".encode(), "é☕"),
    "'utf-8'": ("é☕".encode(), "é☕"),
    "utf-7": (b"+AOk-", "é"),
    # They lie.
    "ISO-8859-1": ("Grüße ☕".encode(), "Grüße ☕"),
    "ascii": ("Grüße".encode(), "Grüße"),
    "utf-8": ("Grüße – é".encode("cp1252"), "Grüße – é"),
    "UTF-8": ("Grüße, ☕ und ü".encode() + b"\xe9", "Grüße, ☕ und üé"),
    "GB2312": ("Grüße ☕".encode(), None),
    "utf-16le": (b"plain", "plain"),
    "unknown-8bit": ("Grüße".encode("cp1252"), "Grüße"),
    "": ("Grüße".encode(), "Grüße"),
    "x-unknown": ("会議".encode("iso2022_jp"), "会議"),
}


@pytest.mark.parametrize("charset", TEXTS)
def test_a_charset(brought: Callable[..., Brought], charset: str) -> None:
    written, expected = TEXTS[charset]
    headers = f'Content-Type: text/plain; charset="{charset}"' if charset else ""
    body = brought(mail(headers, written)).message.body.strip()
    assert body == expected or expected is None


def test_a_byte_that_is_wrong_spoils_no_other(brought: Callable[..., Brought]) -> None:
    body = brought(mail("Content-Type: text/plain; charset=shift_jis", "会議\xa0".encode("cp932", "replace") + b"\xff"))
    assert body.message.body.startswith("会議")
