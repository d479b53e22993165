"""A mail server that behaves as told. Prints its port, then one JSON line for each mail it took.

usage: smtp_server.py accept | refuse-once | refuse-recipient | refuse-sender | slow | drop
"""
import asyncio
import json
import sys

from aiosmtpd.smtp import SMTP


class Handler:
    def __init__(self, mode):
        self.mode = mode
        self.refused = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuse-recipient":
            return "550 5.1.1 <%s> unknown here" % address
        if self.mode == "refuse-once" and not self.refused:
            self.refused = True
            return "451 4.3.0 come back later"
        if self.mode == "slow":
            await asyncio.sleep(30)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "drop":
            server.transport.close()
            return "250 never sent"
        print(json.dumps({"to": envelope.rcpt_tos, "content": envelope.content.decode("utf-8")}), flush=True)
        return "250 OK"


async def main(mode):
    handler = Handler(mode)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with the story that started it: its standard input closes.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(sys.argv[1]))
