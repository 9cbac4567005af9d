"""What the API document cannot say, for schemathesis: two rules that join parts of a request.

An Idempotency-Key may be used for one request only, so each valid key gets a number of its own. A cursor belongs to one order of
the transactions, so a valid cursor of the other order is left out.
"""

import itertools
import re

import schemathesis

NUMBERS = itertools.count(1)
KEY_CHARS_MAX = 255
KEY = re.compile("[!#-~][!-~]{0,254}")
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        number = f"-{next(NUMBERS)}"
        headers["Idempotency-Key"] = key[: KEY_CHARS_MAX - len(number)] + number
    query = case.query or {}
    if case.path == "/v1/transactions":
        after = str(query.get("after", ""))
        by_end = query.get("order") == "end"
        is_cursor = after.count(".") == 2
        if (by_end and UUID.fullmatch(after)) or (not by_end and is_cursor):
            del query["after"]
        if by_end and query.get("status") in ("pending", "done", "failed"):
            del query["status"]
