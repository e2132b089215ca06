namespace WsProto.Extensions;

/// <summary>How a step of an extension ended.</summary>
public readonly record struct ExtensionResult
{
    private ExtensionResult(bool isMore, CloseCode? failure)
    {
        IsMore = isMore;
        Failure = failure;
    }

    /// <summary>The step is complete.</summary>
    public static ExtensionResult Done => default;

    /// <summary>There is more to write: call again with the rest.</summary>
    public static ExtensionResult More => new(isMore: true, failure: null);

    /// <summary>Whether the extension wants to be called again.</summary>
    public bool IsMore { get; }

    /// <summary>The code with which the connection fails; null if it does not.</summary>
    public CloseCode? Failure { get; }

    /// <summary>The peer broke the extension's rules: the connection fails (RFC 6455 §7.1.7).</summary>
    /// <param name="code">The code of the Close; one that may not be sent, or not by this role, becomes 1011.</param>
    public static ExtensionResult Failed(CloseCode code) => new(isMore: false, code);
}
