using System.Collections.Generic;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>What the tables of cases are made of.</summary>
internal static class CaseTable
{
    /// <summary>The step that ends a case in which all went well.</summary>
    internal static Step Goodbye => Step.Of(SentFrame.Close());

    /// <summary>A case at whose end the judge closes.</summary>
    internal static ConformanceCase Closing(string id, string section, string sends, params IEnumerable<Step> steps) =>
        new(id, section, sends) { Steps = steps.Append(Goodbye) };

    /// <summary>A case in which the peer has to fail the connection.</summary>
    internal static ConformanceCase Failing(string id, string section, string sends, int code, params IEnumerable<Step> steps) =>
        new(id, section, sends) { Steps = steps, End = Ending.Fails(code) };
}
