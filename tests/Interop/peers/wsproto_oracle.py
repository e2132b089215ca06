#!/usr/bin/python3
"""What Debian's python3-wsproto makes of the life of one end of a connection: a case a line in, an answer a line out.

Nothing is kept from one line to the next. A case is a JSON object:

    {"role": "client" or "server", "random": "what the generator of random bytes repeats, in hexadecimal",
     "open": true for a connection without a handshake, "deflate": null, or the parameters of permessage-deflate,
     "moves": [["receive", "hexadecimal", read], ["end", null, read], ["send", {"kind": …}], …]}

`read` says whether events are read after it. The answer is a list with one object for each move:

    {"events": [{"kind": …, "data": "…", "frame": true, "message": true}], "sent": null or {"kind": …, "data": …}, "state": "open"}

Data is hexadecimal. What the peer broke is the event `failed`, an exception that is none of wsproto's the event `raised`; a send that
is not allowed is `refused`, whatever the exception.
"""
import json
import os
import sys

from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import (
    AcceptConnection, BytesMessage, CloseConnection, Ping, Pong, RejectConnection, RejectData, Request, TextMessage)
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError


def fields(items):
    return " | ".join(f"{name.decode('latin-1').lower()}: {value.decode('latin-1')}" for name, value in items)


def agreed(extensions):
    return ", ".join(f"{e.server_no_context_takeover} {e.client_no_context_takeover} {e.server_max_window_bits} {e.client_max_window_bits}"
                     for e in extensions)


def to_event(json_event, deflate):
    kind = json_event.pop("kind")
    if kind == "text":
        return TextMessage(data=json_event["data"], message_finished=json_event["finished"])
    if kind == "bytes":
        return BytesMessage(data=bytes.fromhex(json_event["data"]), message_finished=json_event["finished"])
    if kind in ("ping", "pong"):
        return (Ping if kind == "ping" else Pong)(payload=bytes.fromhex(json_event["data"]))
    if kind == "close":
        known = json_event["code"] in CloseReason._value2member_map_
        return CloseConnection(code=CloseReason(json_event["code"]) if known else json_event["code"], reason=json_event["reason"])
    if kind == "request":
        return Request(extensions=deflate, **json_event)
    if kind == "accept":
        return AcceptConnection(extensions=deflate, **json_event)
    if kind == "reject":
        return RejectConnection(**json_event)
    return RejectData(data=bytes.fromhex(json_event["data"]), body_finished=json_event["finished"])


def item(kind, data="", frame=True, message=True):
    return {"kind": kind, "data": data, "frame": frame, "message": message}


def to_item(event, moved):
    """`moved`: whether the state is another since the event was read, which is all that tells a peer's Close from a violation."""
    if isinstance(event, TextMessage):
        return item("text", event.data.encode().hex(), event.frame_finished, event.message_finished)
    if isinstance(event, BytesMessage):
        return item("bytes", event.data.hex(), event.frame_finished, event.message_finished)
    if isinstance(event, (Ping, Pong)):
        return item("ping" if isinstance(event, Ping) else "pong", event.payload.hex())
    if isinstance(event, CloseConnection):
        if event.code == CloseReason.ABNORMAL_CLOSURE:
            return item("lost")
        return item("close", f"{int(event.code)} {event.reason}" if event.reason else str(int(event.code))) if moved else item("failed", str(int(event.code)))
    if isinstance(event, Request):
        return item("request", f"{event.host} {event.target} [{', '.join(event.subprotocols)}] {fields(event.extra_headers)}")
    if isinstance(event, AcceptConnection):
        return item("accept", f"{event.subprotocol} [{agreed(event.extensions)}] {fields(event.extra_headers)}")
    if isinstance(event, RejectConnection):
        return item("reject", f"{event.status_code} {fields(event.headers)}", message=event.has_body)
    return item("body", event.data.hex(), event.body_finished, event.body_finished)


class End:
    def __init__(self, case):
        self.is_server = case["role"] == "server"
        role = ConnectionType.SERVER if self.is_server else ConnectionType.CLIENT
        # finalize() switches the extension on for an open connection, whatever the role.
        self.deflate = [PerMessageDeflate(**case["deflate"])] if case["deflate"] is not None else []
        if case["open"]:
            for extension in self.deflate:
                extension.finalize("permessage-deflate")
            self.connection = Connection(role, self.deflate)
        else:
            self.connection = WSConnection(role)

    def read(self):
        items = []
        events = self.connection.events()
        while True:
            before = self.connection.state
            event = next(events, None)
            if event is None:
                return items
            items.append(to_item(event, moved=self.connection.state is not before))

    def move(self, kind, content, read=False):
        events, sent = [], None
        try:
            if kind == "send":
                sent = self.send(content)
            else:
                self.connection.receive_data(None if kind == "end" else bytes.fromhex(content))
        except RemoteProtocolError as error:
            events.append(item("failed", str(error.event_hint.status_code) if self.is_server and kind != "end" else ""))
        except Exception as error:
            events.append(item("raised", type(error).__name__))
        if read:
            events = self.read() + events
        return {"events": events, "sent": sent, "state": self.connection.state.name.replace("_", "").lower()}

    def send(self, content):
        try:
            return item("wrote", self.connection.send(to_event(content, self.deflate)).hex())
        except Exception:
            return item("refused")


for line in sys.stdin:
    case = json.loads(line)
    random = bytes.fromhex(case["random"])
    os.urandom = lambda size: (random * (size // len(random) + 1))[:size]
    end = End(case)
    print(json.dumps([end.move(*move) for move in case["moves"]]), flush=True)
