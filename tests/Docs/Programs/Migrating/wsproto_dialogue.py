# #region dialogue
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage

client = WSConnection(ConnectionType.CLIENT)
server = WSConnection(ConnectionType.SERVER)


def answer(event):
    if isinstance(event, Request):
        return server.send(AcceptConnection(subprotocol=next(iter(event.subprotocols), None)))
    if isinstance(event, Ping):
        return server.send(event.response())
    if isinstance(event, TextMessage):
        return server.send(TextMessage(data=event.data.upper()))
    if isinstance(event, CloseConnection):
        return server.send(event.response())
    return b""


def exchange(event):
    server.receive_data(client.send(event))
    for received in server.events():
        client.receive_data(answer(received))
    for received in client.events():
        print(type(received).__name__, getattr(received, "data", "-"))


exchange(Request(host="localhost", target="/", subprotocols=["shout.v1"]))
exchange(TextMessage(data="hello"))
exchange(Ping(payload=b"?"))
exchange(CloseConnection(code=1000))
print(client.state.name.title(), server.state.name.title())
# #endregion
