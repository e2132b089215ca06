namespace WsProto.Cli;

/// <summary>How the program ends. docs/cli.md has the table.</summary>
internal static class ExitCode
{
    /// <summary>All is well.</summary>
    public const int Ok = 0;

    /// <summary>A case failed, or differs from the baseline; a connection ended with an error.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>There is no connection, or no place to listen at.</summary>
    public const int NoConnection = 3;

    /// <summary>A file cannot be read or written.</summary>
    public const int File = 4;

    /// <summary>The server answers, and opens no WebSocket.</summary>
    public const int Refused = 5;

    /// <summary>The time that the user gave was over.</summary>
    public const int TimedOut = 6;

    /// <summary>The connection ended before what the user waited for.</summary>
    public const int EndedBefore = 7;

    /// <summary>The user broke it off.</summary>
    public const int Interrupted = 130;

    /// <summary>Nobody reads standard output any more: what a shell says of a program that SIGPIPE ends.</summary>
    public const int Unread = 141;

    /// <summary>SIGTERM came, and what runs did not end in time.</summary>
    public const int Terminated = 143;
}
