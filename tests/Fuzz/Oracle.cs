using System.Diagnostics.CodeAnalysis;

namespace WsProto.Fuzz;

/// <summary>What an oracle throws.</summary>
public sealed class OracleException : Exception
{
    public OracleException()
    {
    }

    public OracleException(string message)
        : base(message)
    {
    }

    public OracleException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

internal static class Oracle
{
    public static void That([DoesNotReturnIf(false)] bool holds, string rule)
    {
        if (!holds)
            throw new OracleException(rule);
    }

    public static void Same<T>(T expected, T actual, string rule)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new OracleException($"{rule}\n  expected {expected}\n  actual   {actual}");
    }
}
