import asyncio

# #region server
import websockets


async def shout(ws):
    async for message in ws:
        await ws.send(message.upper())


# #endregion


# #region client
async def talk(uri):
    async with websockets.connect(uri, subprotocols=["shout.v1"]) as ws:
        print(ws.subprotocol)
        await ws.send("hello")
        print(await ws.recv())

        try:
            await asyncio.wait_for(ws.recv(), timeout=0.05)
        except asyncio.TimeoutError:
            print("nothing came")

        await ws.close(1000, "done")
        print(ws.close_code)


# #endregion


async def main():
    # #region serve
    async with websockets.serve(shout, "127.0.0.1", 0, subprotocols=["shout.v1"]) as server:
        port = server.sockets[0].getsockname()[1]
        await talk(f"ws://127.0.0.1:{port}/")
    # #endregion


asyncio.run(main())
