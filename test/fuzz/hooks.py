"""How Schemathesis signs in, and which of the service's rules no schema can say."""

import base64
import ipaddress
import json
import os
import random
import unicodedata
import urllib.request
import uuid

import schemathesis

BASE = os.environ["FUZZ_BASE"]
IS_MIGHTY = os.environ["FUZZ_ROLE"] == "mighty"
ADMINISTRATOR = ("fuzz.administrator", os.environ["FUZZ_PASSWORD"])
# What ends the session it is called with is called by a new person each time.
ENDING = {"changePassword", "deleteMe", "endSession", "signOutEverywhere"}

# Valid by the schema and refused all the same, each by a rule between fields, of this installation, or on content.
BEYOND_SCHEMAS = {
    "custom",  # a cursor is opaque to callers
    "country-not-served",
    "not-email",
    "not-for-this",
    "not-phone",
    "not-provable",
    "not-usable",
    "not-username",
    "stale-cursor",
    "unknown-audience",
}


def post(path, body, authorization=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
    request = urllib.request.Request(BASE + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def sign(way, username, password):
    identifier = {"scheme": "username", "value": username}
    body = {"identifier": identifier, "credential": {"scheme": "password", "value": password}}
    return "Bearer " + post("/auth/" + way, body)["accessToken"]


def new_person():
    return sign("sign-up", "u" + uuid.uuid4().hex[:12], uuid.uuid4().hex)


def new_service_account():
    """With every scope or with one that opens nothing but the feed. An administrator of the run may revoke it."""
    order = {"name": "s" + uuid.uuid4().hex[:12], "scopes": ["*" if IS_MIGHTY else "revocations:read"]}
    secret = post("/admin/service-accounts", order, sign("sign-in", *ADMINISTRATOR))["secret"]
    return "Basic " + base64.b64encode(f"{order['name']}:{secret}".encode()).decode()


def schemes(operation):
    return {name for wanted in operation.definition.raw.get("security", []) for name in wanted}


def ends(operation):
    return operation.definition.raw["operationId"] in ENDING


def caller(case, context):
    """One caller for all calls of a scheme, but for those that end it."""
    return case.id if ends(context.operation) else ",".join(schemes(context.operation))


# A caller that was ended, by an administrator of the run, is followed by another one: 401, or 429 for its wrong secret.
@schemathesis.auth(cache_by_key=caller, retry_on=[401, 429])
class Caller:
    def get(self, case, context):
        wanted = schemes(context.operation)
        if "basic" in wanted:
            return new_service_account()
        if "bearer" not in wanted:
            return None
        if IS_MIGHTY and not ends(context.operation):
            return sign("sign-in", *ADMINISTRATOR)
        return new_person()

    def set(self, case, data, context):
        if data is not None:
            case.headers["Authorization"] = data
            # Each from an address of its own: too many wrong secrets from one are answered by 429 (TRUSTED_PROXY_HOPS=1).
            case.headers["X-Forwarded-For"] = str(ipaddress.ip_address(random.getrandbits(128)))


def is_unlike_its_schema(case):
    """An id out of an answer that has none; or control characters, since Python's patterns know no `\\p{C}`."""
    text = json.dumps([case.body, case.query], ensure_ascii=False, default=str)
    has_controls = any(unicodedata.category(character).startswith("C") for character in text)
    return has_controls or "None" in (case.path_parameters or {}).values()


def is_beyond_schemas(code, case):
    if code == "invalid-format":
        return is_unlike_its_schema(case)
    return code in BEYOND_SCHEMAS or code.startswith("password.")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps every failure but the refusal of a valid request by a rule that stands beside the schema."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 422:
        return True
    faults = response.json()["errors"]
    return not all(is_beyond_schemas(fault["code"], case) for fault in faults)
