"""Asks a IIIF Image API 3 server everything that the validator of the standard's authors asks at level 2, and some things beyond.

python iiif_validator_run.py SERVER PREFIX IDENTIFIER [MORE_TESTS ...]

Prints one line of JSON: each test with null, or with what was wrong.
"""

import contextlib
import json
import sys

with contextlib.redirect_stdout(sys.stderr):
    from iiif_validator.validator import ImageAPI, TestSuite, ValidationInfo

    server, prefix, identifier, *more = sys.argv[1:]
    known = TestSuite(ValidationInfo()).list_tests("3.0")
    found = {}
    for name in sorted(known):
        if known[name]["level"] > 2 and name not in more:
            continue
        result = ImageAPI(identifier, server, prefix, "http", "", "3.0", debug=False)
        try:
            TestSuite(ValidationInfo()).run_test(name, result)
            found[name] = result.exception and str(result.exception)
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"

print(json.dumps(found))
