namespace WsProto.Docs.Programs.Concepts;

public static class BadBytes
{
    public static Task RunAsync()
    {
        #region peer
        Feed("an unmasked frame", [0x81, 0x02, 0x68, 0x69]);
        Feed("an opcode that is reserved", [0x83, 0x80, 0, 0, 0, 0]);
        Feed("text that is not UTF-8", [0x81, 0x81, 0, 0, 0, 0, 0xFF]);

        static void Feed(string what, byte[] bytes)
        {
            using WsConnection server = WsConnection.Established(ConnectionRole.Server);
            server.Receive(bytes); // never throws
            foreach (WsEvent e in server.ReadEvents())
            {
                var close = (CloseConnection)e;
                Console.WriteLine($"{what}: {close.Error}, close with {(int)close.Code} \"{close.Reason}\"");
            }
        }
        #endregion
        return Task.CompletedTask;
    }
}
