import asyncio
import threading

import websockets

ready = threading.Event()
url = ""


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def serve():
    global url
    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        ready.set()
        await asyncio.Future()


threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
ready.wait()

# #region client
import websocket

ws = websocket.create_connection(url)
ws.send("hello")
print(ws.recv())

ws.settimeout(0.05)
try:
    ws.recv()
except websocket.WebSocketTimeoutException:
    print("nothing came")

ws.close()
# #endregion
