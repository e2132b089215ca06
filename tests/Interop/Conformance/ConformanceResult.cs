namespace WsProto.Conformance;

/// <summary>How a server did in a case.</summary>
public enum Verdict
{
    /// <summary>As it should.</summary>
    Ok,

    /// <summary>As is allowed, and not as it should; the suite says non-strict.</summary>
    Lenient,

    /// <summary>There is no right and wrong; <see cref="ConformanceResult.Reason"/> says what it did.</summary>
    Informational,

    /// <summary>It did not agree to the extension that the case is about.</summary>
    Unimplemented,

    /// <summary>As it must not.</summary>
    Failed,
}

/// <summary>The outcome of a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Verdict">The judgement.</param>
/// <param name="Reason">What it is based on.</param>
/// <param name="Sent">The octets that were sent.</param>
/// <param name="Received">The octets that came.</param>
internal sealed record ConformanceResult(ConformanceCase Case, Verdict Verdict, string Reason, Transcript Sent, Transcript Received)
{
    public override string ToString() => $"{Case}\n  {Verdict}: {Reason}\n  sent     {Sent}\n  received {Received}";
}
