"""What a column is called: the headers we know, in English and Chinese (facts.md §8).

The portal's own template is not public; these are what people write. The columns our reports add
(`Result`, `Error code`, …) are not among them, so a result workbook reads like the sheet it came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from batchreset.rows import Field

_HEADERS: Final[Mapping[Field, str]] = {
    "sn": "sn s/n s/n# s/nno s/nno. sn# snno snnumber snno. sncode serial serial# serialno serialno. "
    "serialnumber serialnr serialnr. serialnum 序列号 序列号码 序列编号 sn码 s/n码 sn号 sn编号 sn编码 "
    "sn序列号",
    "mobile": "smsnumber phone phone# phoneno phoneno. phonenumber mobile mobileno mobileno. mobilenumber "
    "mobilephone mobilephonenumber mobilephoneno mobilephoneno. mobiletelephone mobiletel mobile# "
    "cell cellno cellno. cellphone cellphoneno cellphoneno. cellphonenumber "
    "handphone handphoneno handphoneno. handphonenumber contactno contactno. contactnumber "
    "手机 手机号 手机号码 手机电话 电话 电话号码 移动电话 移动电话号码 行动电话 联络电话 "
    "联系电话 联系手机 联系手机号 联系手机号码",
    "country": "country countryname countrycode country/region countryorregion countryregion "
    "mobilecountry phonecountry "
    "国家 国家码 国家代码 国家名称 国别 国家/地区 国家或地区 国家和地区 国家地区 所属国家 所在国家 "
    "手机国家 手机国家码 手机号国家 手机号国家码 手机号码国家 手机号码国家码 "
    "手机所属国家 手机号所属的国家 手机号所属国家 手机号码所属的国家 手机号码所属国家",
    "email": "emailaddr email emailaddress emailid mail mailaddress mailid "
    "邮箱 邮箱地址 邮件 邮件地址 电子邮箱 电子邮件 电子邮件地址 电子信箱 电邮 联系邮箱",
}
_FIELD_OF: Final[Mapping[str, Field]] = {
    alias: field for field, aliases in _HEADERS.items() for alias in aliases.split()
}
_PEOPLE: Final = (
    r"(?:现场|站点|会议室|终端|设备|it)?"
    r"(?:联系人|联络人|管理员|负责人|责任人|使用人|使用者|用户|员工|接收人|收件人|领用人|保管人|本人)的?"
    r"|(?:短信|激活码)?接收(?:短信|激活码)?的?|(?:短信|sms)(?=手机)"
    r"|(?:site|terminal|device|it)?"
    r"(?:contact|admin(?:istrator)?|user|owner|recipient|manager)(?:person)?(?:'?s)?"
)
_OFFICE: Final = "公司|工作|企业|办公|通知|company|corporate|business|work|office|notification"
"""Before an e-mail address these say which of a person's; an office's phone is no mobile."""
_HARDWARE: Final = (
    "(?:会议|视频|智能协作|硬)?(?:终端|设备|大屏|平板|一体机)|智慧屏|ideahub|产品|主机|整机|机身|机器|硬件"
    "|资产|出厂|原厂|厂家|terminal|device|product|equipment|unit|hardware|asset|manufacturer"
)
_OWN: Final[Mapping[Field, re.Pattern[str]]] = {
    "sn": re.compile(f"(?:{_HARDWARE})+"),
    "mobile": re.compile(_PEOPLE),
    "country": re.compile(_PEOPLE),
    "email": re.compile(f"{_PEOPLE}|{_OFFICE}"),
}
"""What may stand before a header: whose it is. A meeting room's phone is no person's."""
_NOTE: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_ANOTHER: Final = (
    r"(?:旧|老|原|原有|更换前|替换前|已?(?:报废|停用|更换|替换)|备用|备份|备选|紧急|应急|抄送|家属|上级|领导)的?"
    r"(?:机|终端|设备|号|号码|电话|手机|邮箱|联系人|联系方式)?"
    r"|(?:old|former|previous|replaced|retired|scrapped|decommissioned|back-?up|alternat(?:e|ive)|secondary"
    r"|spare|emergency|b?cc)(?:\s(?:contact|number|phone|mobile|unit|device|terminal|one)s?)?"
)
"""Another terminal or person than the one meant."""
_ANOTHERS_NOTE: Final = re.compile(rf"[(\[]\s*(?:{_ANOTHER})\s*[)\]]")
_ANOTHERS_GROUP: Final = re.compile(rf"(?:{_ANOTHER})\s*(?:[(\[].*)?")
_SIMPLIFIED: Final = str.maketrans(
    "號碼機電話郵國區設備終產聯絡負責員會議視頻資廠屬動編稱",
    "号码机电话邮国区设备终产联络负责员会议视频资厂属动编称",
)
"""The characters of headers; traditional Chinese ones are read as the simplified ones."""
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
    if _ANOTHERS_NOTE.search(unicodedata.normalize("NFKC", text).casefold()):
        return None
    key = header_key(text).translate(_SIMPLIFIED)
    known = _known(key)
    if known is not None:
        return known
    fields = {_known(part) for part in header_parts(key)}
    return fields.pop() if len(fields) == 1 else None


def is_anothers(group: str) -> bool:
    """Whether the columns below a group's header are about another terminal or person (`紧急联系人`)."""
    return _ANOTHERS_GROUP.fullmatch(unicodedata.normalize("NFKC", group).casefold().strip()) is not None


def _known(key: str) -> Field | None:
    """The field of a key in one language, also of one that says whose it is (`联系人手机号`)."""
    if key in _FIELD_OF:
        return _FIELD_OF[key]
    for field, whose in _OWN.items():
        begins = whose.match(key)
        if begins and _FIELD_OF.get(key[begins.end() :]) == field:
            return field
    return None


def header_parts(key: str) -> list[str]:
    """The parts of a header's key in two languages: `序列号sn` as `序列号` and `sn`."""
    return [part.strip("/|") for part in _PART.findall(key)]
