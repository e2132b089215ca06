import socket
import threading
import time

import flask
import flask.cli
import requests

# #region server
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO, emit, join_room

app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading")
names = {}


@socketio.on("connect")
def connect(auth=None):
    if (auth or {}).get("token") != "secret":
        raise ConnectionRefusedError("Your token is not valid.")


@socketio.on("join")
def join(room, name):
    names[request.sid] = name
    join_room(room)
    emit("joined", name, to=room, include_self=False)
    return f"Welcome to the {room}, {name}!"


@socketio.on("say")
def say(room, text):
    emit("said", (names[request.sid], text), to=room)


@socketio.on("disconnect")
def disconnect():
    names.pop(request.sid, None)


# #endregion

flask.cli.show_server_banner = lambda *_: None
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
url = f"http://127.0.0.1:{port}"
threading.Thread(
    target=lambda: socketio.run(app, "127.0.0.1", port, allow_unsafe_werkzeug=True), daemon=True
).start()
while True:
    try:
        requests.get(url, timeout=5)
        break
    except requests.ConnectionError:
        time.sleep(0.02)

# #region client
import queue

import socketio as client_library

ann = client_library.Client()
heard = queue.Queue()
ann.on("said", lambda name, text: heard.put(f"{name}: {text}"))
ann.connect(url, auth={"token": "secret"})

print(ann.call("join", ("kitchen", "Ann")))
ann.emit("say", ("kitchen", "Is anybody there?"))
print(heard.get())
ann.disconnect()

stranger = client_library.Client()
stranger.on("connect_error", lambda refusal: print("refused:", refusal["message"]))
try:
    stranger.connect(url, auth={"token": "guess"})
except client_library.exceptions.ConnectionError:
    pass
# #endregion
