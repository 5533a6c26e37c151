"""The vendor's own SDK, unmodified, as a program: told what to do by stdin.

Both are JSON. In: `endpoint`, `ca_file`, `app_id`, `app_key`, `corp_id` (None for an app of one
enterprise), and `calls`, a list of [operation, arguments]. Out: a list with one object for each call:
`status`, `answer` (the values the SDK's own model holds) and `unknown` (fields of the answer that the
model has no place for); or `error` (the name of its exception) with what it has found in the answer.
A process of its own, because the SDK starts threads and writes into HOME.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkmeeting import v1 as sdk
from huaweicloudsdkmeeting.v1.meeting_credentials import AuthTypeEnum, MeetingCredentials, TenantSceneEnum


def credentials(order: dict[str, Any]) -> Any:
    found = MeetingCredentials().with_auth_type_enum(AuthTypeEnum.APP_ID)
    found = found.with_app_id(order["app_id"]).with_app_key(order["app_key"])
    if order.get("corp_id") is None:
        return found.with_tenant_scene_enum(TenantSceneEnum.SINGLE_TENANT)
    return found.with_tenant_scene_enum(TenantSceneEnum.MULTI_TENANT).with_corp_id(order["corp_id"])


def reset(client: Any, contact: dict[str, str], **arguments: str) -> Any:
    return client.reset_activecode(sdk.ResetActivecodeRequest(body=sdk.ActiveDTO(**contact), **arguments))


def held(model: Any) -> Any:
    """What the SDK has understood: its own attributes, by its own names."""
    if isinstance(model, list):
        return [held(one) for one in model]
    if hasattr(model, "attribute_map"):
        return {name: held(getattr(model, name)) for name in model.attribute_map}
    return model


def unknown(model: Any, wire: Any) -> list[str]:
    """Fields on the wire that the SDK's model has no place for."""
    if isinstance(model, list):
        return [name for one, raw in zip(model, wire, strict=True) for name in unknown(one, raw)]
    if not hasattr(model, "attribute_map") or wire is None:
        return []
    names = model.attribute_map
    if [*names.values()] == ["body"]:  # an answer that is a list
        return unknown(model.body, wire)
    below = [
        name
        for attribute, field in names.items()
        if field in wire
        for name in unknown(getattr(model, attribute), wire[field])
    ]
    return [*(name for name in wire if name not in names.values()), *below]


OPERATIONS: dict[str, Callable[..., Any]] = {
    "reset": reset,
    "search": lambda client, **given: client.search_devices(sdk.SearchDevicesRequest(**given)),
    "detail": lambda client, **given: client.show_device_detail(sdk.ShowDeviceDetailRequest(**given)),
    "models": lambda client, **given: client.show_device_types(sdk.ShowDeviceTypesRequest(**given)),
    "registered": lambda client, numbers, **given: client.show_device_status(
        sdk.ShowDeviceStatusRequest(body=numbers, **given)
    ),
    "member": lambda client: client.show_my_info(sdk.ShowMyInfoRequest()),
    "corp": lambda client: client.show_corp_basic_info(sdk.ShowCorpBasicInfoRequest()),
    "refresh": lambda client: client.update_token(sdk.UpdateTokenRequest()),
    "logout": lambda client, **given: client.delete_token(sdk.DeleteTokenRequest(**given)),
}


def outcome(client: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = OPERATIONS[operation](client, **arguments)
    except exceptions.ServiceResponseException as error:
        return {
            "error": type(error).__name__,
            "status": error.status_code,
            "code": error.error_code,
            "message": error.error_msg,
            "request_id": error.request_id,
        }
    except exceptions.SdkException as error:
        return {"error": type(error).__name__, "message": str(error)}
    wire = answer.to_json_object()
    return {"status": answer.status_code, "answer": held(answer), "unknown": unknown(answer, wire)}


def main() -> None:
    order = json.load(sys.stdin)
    client = (
        sdk.MeetingClient.new_builder()
        .with_http_config(HttpConfig(ssl_ca_cert=order["ca_file"], timeout=(5, 20)))
        .with_credentials(credentials(order))
        .with_endpoint(order["endpoint"])
        .build()
    )
    json.dump([outcome(client, *call) for call in order["calls"]], sys.stdout)


if __name__ == "__main__":
    main()
