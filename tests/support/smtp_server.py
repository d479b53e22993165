"""A mail server that behaves as told. Prints its port, then one JSON line for each mail it took.

usage: smtp_server.py accept | refuse-once | refuse-recipient | slow | drop | drop-once [PORT]
"""
import asyncio
import email
import email.policy
import json
import os
import sys

from aiosmtpd.smtp import SMTP


class Handler:
    def __init__(self, mode):
        self.mode = mode
        self.misbehaved = False

    def first_time(self):
        first, self.misbehaved = not self.misbehaved, True
        return first

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuse-recipient":
            return "550 5.1.1 <%s> unknown here" % address
        if self.mode == "refuse-once" and self.first_time():
            return "451 4.3.0 come back later"
        if self.mode == "slow":
            print(json.dumps({"waiting": address}), flush=True)
            await asyncio.sleep(600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "drop" or (self.mode == "drop-once" and self.first_time()):
            server.transport.abort()
            return "250 never sent"
        print(json.dumps(told(envelope)), flush=True)
        return "250 OK"


def told(envelope):
    """The mail as it came, and as a mail program shows it."""
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    return {
        "to": envelope.rcpt_tos,
        "content": envelope.content.decode("utf-8"),
        "id": message["Message-ID"],
        "subject": message["Subject"],
        "text": message.get_body(("plain",)).get_content(),
        "html": message.get_body(("html",)).get_content(),
    }


async def main(mode, port=0):
    handler = Handler(mode)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", int(port))
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with the story that started it: its standard input closes.
    await loop.run_in_executor(None, sys.stdin.read)
    sys.stdout.flush()
    # A client may still hold a connection open; nobody waits for it.
    os._exit(0)


asyncio.run(main(*sys.argv[1:]))
