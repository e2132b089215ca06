"""Makes a project of each template with `dotnet new`, builds all without a warning, and talks to each program.

Usage: templates.py [FOLDER]. FOLDER is what .ci/feed.py made; without it the packages are made first. The tool wsproto, as the solution has
built it, is the client; and Python's socketio.
"""

import os
import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import feed as feeds

TOOL = feeds.ROOT / "src" / "WsProto.Cli" / "bin" / "Debug" / "net10.0" / "WsProto.Cli.dll"
PYTHON = "/usr/bin/python3"  # Debian's own, which sees Debian's packages
LIMIT = 60  # seconds for a program to do anything

SOCKETIO = """
import queue, socketio, sys
heard = queue.Queue()
ann, bob = socketio.Client(), socketio.Client()
ann.on("message", heard.put)
ann.connect(sys.argv[1], wait_timeout=20)
print(ann.call("join", "Ann", timeout=20))
bob.connect(sys.argv[1], wait_timeout=20)
print(bob.call("join", "Bob", timeout=20))
print(heard.get(timeout=20))
bob.emit("say", "Hello")
print(heard.get(timeout=20))
bob.disconnect()
print(heard.get(timeout=20))
ann.disconnect()
"""


def connect(address, *options):
    """A client of `wsproto connect`."""
    return subprocess.Popen(["dotnet", TOOL, "connect", address, "--timeout", str(LIMIT), *options], bufsize=0,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def expect(program, *lines):
    """Wants these to be the next lines that a program prints."""
    for line in lines:
        printed = program.stdout.readline().decode().rstrip("\n")
        if printed != line:
            raise AssertionError(f"'{printed}' was printed, and not '{line}'")


def say(program, line):
    program.stdin.write(f"{line}\n".encode())


def echo(address):
    with connect(address, "--deflate") as client:
        for text in ("Hello", "Grüße 🎈"):
            say(client, text)
            expect(client, text)
        client.kill()


def page(address, title):
    text = urllib.request.urlopen(address, timeout=LIMIT).read().decode()
    if f"<title>{title}</title>" not in text:
        raise AssertionError(f"the page is {text}")


def chat(address):
    page(address, "Try.chat")
    route = address.replace("http", "ws", 1) + "/chat?name="
    with connect(route + "Ann") as ann, connect(route + "Somebody-with-a-long-name") as refused:
        expect(ann, "Ann is here.")
        with connect(route + "Bob") as bob:
            expect(ann, "Bob is here.")
            expect(bob, "Bob is here.")
            say(bob, "Hello")
            expect(ann, "Bob: Hello")
            expect(bob, "Bob: Hello")
            bob.kill()
        expect(ann, "Bob has left.")
        if refused.wait(LIMIT) == 0:
            raise AssertionError("a name of 25 characters is taken")
        ann.kill()


def socketio(address):
    page(address, "Try.socketio")
    done = subprocess.run([PYTHON, "-c", SOCKETIO, address], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
    wanted = "Welcome, Ann!\nWelcome, Bob!\nBob is here.\nBob: Hello\nBob has left.\n"
    if done.stdout != wanted:
        raise AssertionError(f"the clients print\n{done.stdout}and not\n{wanted}")


# For each template: what makes the program take a free port, how it tells its address, what has to work.
TEMPLATES = {
    "echo": (["0"], re.compile(r"Listening on (ws://\S+/)\."), echo),
    "chat": (["--urls", "http://127.0.0.1:0"], re.compile(r"Now listening on: (\S+)"), chat),
    "socketio": (["--urls", "http://127.0.0.1:0"], re.compile(r"Now listening on: (\S+)"), socketio),
}


def make(feed, work):
    """Makes the projects as a user does, and builds them."""
    there = {folder.name.removeprefix("wsproto-") for folder in (feeds.ROOT / "templates" / "content").iterdir()}
    if there != set(TEMPLATES):
        sys.exit(f"the templates are {', '.join(sorted(there))}, and those that are talked to {', '.join(sorted(TEMPLATES))}")
    package = feed / f"WsProto.Templates.{feeds.version_of(feed)}.nupkg"
    hive = ("--debug:custom-hive", work / "hive")
    feeds.run("dotnet", "new", "install", package, *hive)
    for name in TEMPLATES:
        feeds.run("dotnet", "new", f"wsproto-{name}", "-n", f"Try.{name}", "-o", work / "made" / name, "--skipRestore", *hive)
    feeds.consume(work / "made", feed)


def judge(work, name):
    """What is wrong with a program that was made."""
    arguments, told, talk = TEMPLATES[name]
    folder = work / "made" / name
    program = subprocess.Popen(["dotnet", folder / "bin" / "Debug" / "net10.0" / f"Try.{name}.dll", *arguments],
                               cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    stop = threading.Timer(3 * LIMIT, program.kill)
    stop.start()
    printed = ""
    try:
        for line in program.stdout:
            printed += line
            if address := told.search(line):
                talk(address[1])
                return
        yield f"{name}: it does not say where it listens, but\n{printed}"
    except (AssertionError, OSError, subprocess.TimeoutExpired) as fault:
        yield f"{name}: {fault}"
    finally:
        stop.cancel()
        program.kill()
        program.wait()


def main(arguments):
    with feeds.given(arguments) as (feed, work):
        make(feed, work)
        faults = [fault for name in TEMPLATES for fault in judge(work, name)]
    print("\n".join(faults) or f"{len(TEMPLATES)} templates")
    return 1 if faults else 0


sys.exit(main(sys.argv[1:]))
