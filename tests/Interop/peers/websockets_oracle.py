#!/usr/bin/python3
"""What the sans-I/O layer of Debian's python3-websockets makes of an opening handshake: a case a line in, an answer a line out.

Nothing is kept from one line to the next. A case is a JSON object:

    {"role": "client" or "server", "key": what a client sends, "input": "the peer's bytes in hexadecimal, then the end of the stream",
     "subprotocols": […], "deflate": null, or the parameters of permessage-deflate}

The answer is {"kind": "accept", "subprotocol": …, "deflate": null or what was agreed on}, or {"kind": "refuse", "why": …}.
"""
import json
import logging
import sys

from websockets.client import ClientConnection
from websockets.connection import State
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerConnection
from websockets.uri import parse_uri

logging.disable()


def play(case):
    is_server = case["role"] == "server"
    factory = ServerPerMessageDeflateFactory if is_server else ClientPerMessageDeflateFactory
    extensions = [factory(**case["deflate"])] if case["deflate"] is not None else None
    if is_server:
        end = ServerConnection(extensions=extensions, subprotocols=case["subprotocols"])
    else:
        end = ClientConnection(parse_uri("ws://example.com/chat"), extensions=extensions, subprotocols=case["subprotocols"])
        end.key = case["key"]
        end.send_request(end.connect())
    end.receive_data(bytes.fromhex(case["input"]))
    for event in end.events_received():
        if isinstance(event, Request):
            response = end.accept(event)
            if response.status_code == 101:
                end.send_response(response)
    if end.handshake_exc is not None:
        raise end.handshake_exc
    return end


def answer(case):
    try:
        end = play(case)
    except Exception as error:
        return {"kind": "refuse", "why": type(error).__name__}
    if end.state is State.CONNECTING:
        return {"kind": "refuse", "why": "incomplete"}
    agreed = None
    for e in end.extensions:
        local = (e.local_no_context_takeover, e.local_max_window_bits)
        remote = (e.remote_no_context_takeover, e.remote_max_window_bits)
        server, client = (local, remote) if case["role"] == "server" else (remote, local)
        agreed = f"{server[0]} {client[0]} {server[1]} {client[1]}"
    return {"kind": "accept", "subprotocol": end.subprotocol, "deflate": agreed}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
