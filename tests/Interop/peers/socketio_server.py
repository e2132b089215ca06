"""A server of python-socketio for our client: says on which port it listens.

Usage: socketio_server.py server threading|eventlet|aiohttp PORT text|msgpack [handshake|upgrade|connect|ack]

With a stage, whatever comes at that stage is never answered, and the first is told.
"""

import asyncio
import json
import socket
import sys
import threading
import time
import urllib.parse

mode = sys.argv[2]
port = int(sys.argv[3])
serializer = "msgpack" if sys.argv[4] == "msgpack" else "default"
stage = sys.argv[5] if len(sys.argv) > 5 else None
FOR_EVER = 3600
told = []
if port == 0:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]


def announce():
    """Says the port when somebody listens there."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            print(f"PORT {port}", flush=True)
            return
        except OSError:
            time.sleep(0.02)


def holds(at):
    """Whether what comes at a stage is held, which is told once."""
    if at == stage and not told:
        told.append(at)
        print(json.dumps({"event": "held"}), flush=True)
    return at == stage


def stage_of(query):
    fields = urllib.parse.parse_qs(query)
    if "sid" not in fields:
        return "handshake"
    return "upgrade" if fields.get("transport") == ["websocket"] else "poll"


def by_flask():
    import flask
    import flask.cli
    import flask_socketio

    flask.cli.show_server_banner = lambda *_: None  # it would stand before the port
    app = flask.Flask(__name__)
    io = flask_socketio.SocketIO(app, async_mode=mode, serializer=serializer)
    serve = app.wsgi_app

    def serve_or_hold(environ, start_response):
        if holds(stage_of(environ["QUERY_STRING"])):
            io.sleep(FOR_EVER)
        return serve(environ, start_response)

    app.wsgi_app = serve_or_hold

    @io.on("connect")
    def connect(auth=None):
        if holds("connect"):
            io.sleep(FOR_EVER)
        if (auth or {}).get("token") == "bad":
            raise flask_socketio.ConnectionRefusedError("Not allowed", {"code": 7})
        flask_socketio.emit("welcome", (auth or {}).get("name"))

    @io.on("echo")
    def echo(*values):
        return values

    @io.on("ask")
    def ask(number):
        return io.call("question", number, to=flask.request.sid)

    @io.on("join")
    def join(room):
        flask_socketio.join_room(room)

    @io.on("say")
    def say(room, text):
        flask_socketio.emit("said", text, to=room)

    @io.on("count")
    def count(number):
        if holds("ack"):
            io.sleep(FOR_EVER)
        return number + 1

    @io.on("kick")
    def kick():
        flask_socketio.disconnect()

    @io.on("where", namespace="/admin")
    def where():
        return flask.request.namespace

    more = {"allow_unsafe_werkzeug": True} if mode == "threading" else {}
    io.run(app, host="127.0.0.1", port=port, **more)


def by_aiohttp():
    import aiohttp.web
    import socketio

    @aiohttp.web.middleware
    async def serve_or_hold(request, handler):
        if holds(stage_of(request.query_string)):
            await asyncio.sleep(FOR_EVER)
        return await handler(request)

    io = socketio.AsyncServer(async_mode="aiohttp", serializer=serializer)
    app = aiohttp.web.Application(middlewares=[serve_or_hold])
    io.attach(app)

    @io.event
    async def connect(sid, environ, auth=None):
        if holds("connect"):
            await asyncio.sleep(FOR_EVER)
        if (auth or {}).get("token") == "bad":
            raise socketio.exceptions.ConnectionRefusedError("Not allowed", {"code": 7})
        await io.emit("welcome", (auth or {}).get("name"), to=sid)

    @io.event
    async def echo(sid, *values):
        return values

    @io.event
    async def ask(sid, number):
        return await io.call("question", number, to=sid)

    @io.event
    async def join(sid, room):
        io.enter_room(sid, room)

    @io.event
    async def say(sid, room, text):
        await io.emit("said", text, room=room)

    @io.event
    async def count(sid, number):
        if holds("ack"):
            await asyncio.sleep(FOR_EVER)
        return number + 1

    @io.event
    async def kick(sid):
        await io.disconnect(sid)

    @io.on("where", namespace="/admin")
    async def where(sid):
        return "/admin"

    aiohttp.web.run_app(app, host="127.0.0.1", port=port, print=None)


threading.Thread(target=announce, daemon=True).start()
by_aiohttp() if mode == "aiohttp" else by_flask()
