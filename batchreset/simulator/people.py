"""Who is asking: the user behind a token, and the user's enterprise, as the service describes them. Pure.

Fields are those of the vendor's SDK (`ShowMyInfoResponse`, `CorpBasicInfoDTO`); all values are made up.
"""

from __future__ import annotations

from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.auth import CORP_ID, ENTERPRISE_USER, FLAGSHIP, Account, holder_id, holder_name
from batchreset.simulator.terminals import ROOT_DEPARTMENT
from batchreset.simulator.tokens import Token


def member_json(token: Token, account: Account, assumptions: Assumptions) -> dict[str, object]:
    """The answer to `GET /v1/usg/dcs/member`."""
    return {
        "id": holder_id(token, account),
        "userAccount": token.user_id or "admin",
        "name": holder_name(token),
        "englishName": "",
        "phone": None,
        "country": "chinaPR",
        "email": None,
        "sipNum": "+991100000000001",
        "vmrList": [],
        "deptCode": ROOT_DEPARTMENT,
        "deptName": "Simulated enterprise",
        "deptNamePath": "Simulated enterprise",
        "userType": ENTERPRISE_USER,
        "adminType": token.admin_type,
        "corp": corp_json(token, account, assumptions),
        "status": 0,
        "thirdAccount": token.user_id,
        "license": 0,
    }


def corp_json(token: Token, account: Account, assumptions: Assumptions) -> dict[str, object]:
    """The answer to `GET /v1/usg/dcs/corp`; `enableSMS` as assumed."""
    return {
        "id": token.corp_id or account.corp_id or CORP_ID,
        "name": "Simulated enterprise",
        "address": "",
        "adminName": "Simulated administrator",
        "account": "admin",
        "phone": None,
        "country": "chinaPR",
        "email": None,
        "enableSMS": assumptions.sms_enabled,
        "enableCloudDisk": False,
        "enablePstn": False,
        "autoUserCreate": True,
        "corpType": FLAGSHIP,
    }
