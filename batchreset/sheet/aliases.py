"""What a column is called: the headers we know, in English and Chinese (facts.md §8).

The portal's own template is not public; these are what people write. The columns our reports add
(`Result`, `Error code`, …) are not among them, so a result workbook reads like the sheet it came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, Literal, get_args

Field = Literal["sn", "mobile", "country", "email"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)

_HEADERS: Final[Mapping[Field, str]] = {
    "sn": "sn s/n snno snnumber snno. sncode serial serialno serialno. serialnumber terminalsn "
    "terminalserial terminalserialnumber devicesn deviceserial deviceserialnumber "
    "序列号 sn码 sn号 sn编号 终端sn 终端sn码 终端序列号 设备sn 设备sn码 设备序列号 产品序列号",
    "mobile": "smsnumber phone phoneno phoneno. phonenumber mobile mobileno mobileno. mobilenumber "
    "mobilephone mobilephonenumber cellphone contactmobile "
    "手机 手机号 手机号码 电话 电话号码 移动电话 联系电话 联系手机 联系人手机 联系人手机号",
    "country": "country countrycode country/region countryorregion countryregion "
    "国家 国家码 国家代码 国家/地区 国家或地区 国家地区 手机号所属的国家 手机号所属国家",
    "email": "emailaddr email emailaddress mail mailaddress contactemail "
    "邮箱 邮箱地址 邮件 邮件地址 电子邮箱 电子邮件 电子邮件地址 联系邮箱 联系人邮箱",
}
_FIELD_OF: Final[Mapping[str, Field]] = {
    alias: field for field, aliases in _HEADERS.items() for alias in aliases.split()
}
_NOTE: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_FILLING: Final = re.compile(r"[\s_*:\-]")
_PART: Final = re.compile(r"[^\x00-\u2fff]+(?:/[^\x00-\u2fff]+)*|[\x00-\u2fff]+")
"""A run of Chinese (`国家/地区` is one) or of anything else."""


def header_key(text: str) -> str:
    """What two headers are compared by: NFKC, no case, no blanks, `_`, `-`, `*`, `:`, and no (notes)."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return _FILLING.sub("", _NOTE.sub("", visible)) or _FILLING.sub("", visible)


def field_of(text: str) -> Field | None:
    """The field a header names; one in two languages (`序列号 SN`) counts when both name the same field."""
    key = header_key(text)
    if key in _FIELD_OF:
        return _FIELD_OF[key]
    fields = {_FIELD_OF.get(part) for part in header_parts(key)}
    return fields.pop() if len(fields) == 1 else None


def header_parts(key: str) -> list[str]:
    """The parts of a header's key in two languages: `序列号sn` as `序列号` and `sn`."""
    return [part.strip("/|") for part in _PART.findall(key)]
