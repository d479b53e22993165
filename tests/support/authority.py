"""An OAuth 2.0 authority and the slide server that takes its tokens, in one program.

python authority.py PORT FOLDER LIFETIME

POST /token gives tokens for client credentials to the client `relecture` with the secret `s e:c+r%t` and the scope `slides`; they
live for LIFETIME seconds. Below /slides/ stand the files of FOLDER, for who shows a token that lives. GET /asked tells how often
either was asked; POST /forget ends all tokens; POST /break makes the authority fail from now on.
"""

import base64
import json
import os
import pathlib
import sys
import time
import urllib.parse

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from oauthlib.oauth2 import BackendApplicationServer, RequestValidator
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

port, folder, lifetime = int(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
CLIENT, SECRET = "relecture", "s e:c+r%t"
living, asked, broken = {}, {"tokens": 0, "slides": 0, "refused": 0}, []


class Client:
    client_id = CLIENT


class Rules(RequestValidator):
    def authenticate_client(self, request, *args, **kwargs):
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            return False
        # As RFC 6749, 2.3.1, has it: encoded as in a form, then joined.
        parts = base64.b64decode(rest).decode().split(":")
        if [urllib.parse.unquote_plus(part) for part in parts] != [CLIENT, SECRET]:
            return False
        request.client = Client()
        return True

    def validate_grant_type(self, client_id, grant_type, client, request, *args, **kwargs):
        return grant_type == "client_credentials"

    def validate_scopes(self, client_id, scopes, client, request, *args, **kwargs):
        return scopes == ["slides"]

    def get_default_scopes(self, client_id, request, *args, **kwargs):
        return []

    def save_bearer_token(self, token, request, *args, **kwargs):
        living[token["access_token"]] = time.monotonic() + token["expires_in"]

    def validate_bearer_token(self, token, scopes, request):
        return living.get(token, 0) > time.monotonic()


server = BackendApplicationServer(Rules(), token_expires_in=lifetime)


def give(request):
    asked["tokens"] += 1
    if broken:
        return Response("<html>out of order</html>", 503, content_type="text/html")
    headers, body, status = server.create_token_response(
        request.url, request.method, request.get_data(as_text=True), dict(request.headers)
    )
    return Response(body, status, headers)


def show(request):
    asked["slides"] += 1
    valid, _ = server.verify_request(request.url, request.method, "", dict(request.headers), [])
    if not valid:
        asked["refused"] += 1
        return Response("", 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    file = folder / request.path.removeprefix("/slides/")
    return Response(file.read_bytes()) if file.is_file() else Response("", 404)


@Request.application
def answer(request):
    if request.path == "/token" and request.method == "POST":
        return give(request)
    if request.path.startswith("/slides/"):
        return show(request)
    if request.path == "/forget":
        living.clear()
    if request.path == "/break":
        broken.append(True)
    return Response(json.dumps(asked), content_type="application/json")


make_server("127.0.0.1", port, answer, threaded=True).serve_forever()
