namespace WsProto.Docs.Programs.Concepts;

public static class AnnouncedLength
{
    public static Task RunAsync()
    {
        #region announced
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);

        // The header of a frame of 4 EiB. No payload follows, and none has to.
        server.Receive([0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
        server.TryReadEvent(out WsEvent? e);
        Console.WriteLine($"{((CloseConnection)e!).Error}, close with {(int)((CloseConnection)e).Code}");
        #endregion
        return Task.CompletedTask;
    }
}
