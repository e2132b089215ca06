#!/usr/bin/python3
"""Reads files of a client's frames with wsproto, in pieces of 64 KiB, and prints for each how many messages are in it and how
many of them are read in a second of processor time.

    wsproto_receive.py <file>...
"""
import sys
import time

from wsproto.connection import Connection, ConnectionType
from wsproto.events import Message

PIECE = 64 * 1024
LEAST_SECONDS = 1


def read(wire):
    connection = Connection(ConnectionType.SERVER)
    messages = 0
    for at in range(0, len(wire), PIECE):
        connection.receive_data(wire[at:at + PIECE])
        for event in connection.events():
            messages += isinstance(event, Message) and event.message_finished
    return messages


for path in sys.argv[1:]:
    with open(path, "rb") as file:
        wire = file.read()
    count = read(wire)
    messages = 0
    begin = time.process_time()
    while time.process_time() - begin < LEAST_SECONDS:
        messages += read(wire)
    print(count, messages / (time.process_time() - begin))
