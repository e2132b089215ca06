namespace WsProto.Cli;

/// <summary>How the program ends. docs/cli.md has the table.</summary>
internal static class ExitCode
{
    /// <summary>All is well.</summary>
    public const int Ok = 0;

    /// <summary>A case failed, or differs from the baseline.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>There is no connection, or no place to listen at.</summary>
    public const int NoConnection = 3;

    /// <summary>A file cannot be read or written.</summary>
    public const int File = 4;

    /// <summary>The user broke it off.</summary>
    public const int Interrupted = 130;
}
