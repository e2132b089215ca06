"""python3-socketio's client against a server: says what it sees, a line for each thing, and ends.

Usage: socketio_client.py ADDRESS polling|websocket|upgrade text|msgpack
"""

import json
import sys
import threading

import socketio


def say(name, value):
    print(f"{name}: {json.dumps(value, ensure_ascii=False)}", flush=True)


def show(value):
    if isinstance(value, bytes):
        return "bytes " + value.hex()
    if isinstance(value, (list, tuple)):
        return [show(inner) for inner in value]
    if isinstance(value, dict):
        return {key: show(inner) for key, inner in value.items()}
    return value


address, way, form = sys.argv[1:]
transports = ["polling", "websocket"] if way == "upgrade" else [way]
welcomed, heard, left = threading.Event(), threading.Event(), threading.Event()
seen = {}
client = socketio.Client(reconnection=False, serializer="msgpack" if form == "msgpack" else "default")


@client.on("welcome")
def welcome(*values):
    seen["welcome"] = values
    welcomed.set()


@client.on("question")
def question(number):
    return number * 2


@client.on("binary question")
def binary_question(data):
    return bytes(reversed(data))


@client.on("said")
def said(*values):
    seen["said"] = values
    heard.set()


@client.event
def disconnect(*_):
    left.set()


@client.event(namespace="/admin")
def connect():
    pass


client.connect(address, auth={"name": "Ann", "token": "right"}, transports=transports, namespaces=["/", "/admin"], wait_timeout=20)
assert welcomed.wait(20)
say("welcome", seen["welcome"])
say("text", show(client.call("echo", ("Grüße, 世界! 🎈", {"list": [1, 2.5, None, True], "deep": {"er": "x"}}), timeout=20)))
say("binary", show(client.call("echo", (b"\x01\x02\x03", {"inside": [b"\x04", "t"]}), timeout=20)))
say("large", client.call("echo", b"\x07" * 200000, timeout=20) == b"\x07" * 200000)
say("asked", client.call("ask", 21, timeout=20))
say("asked for bytes", show(client.call("ask bytes", b"\x01\x02\x03", timeout=20)))
say("admin", client.call("where", namespace="/admin", timeout=20))
client.call("join", "room", timeout=20)
client.call("say everybody", ("room", "hello"), timeout=20)
assert heard.wait(20)
say("heard", seen["said"])
say("transport", client.transport())
client.emit("kick")
assert left.wait(20)
client.disconnect()
say("end", True)
