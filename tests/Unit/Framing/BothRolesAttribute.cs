using System.Reflection;
using Xunit.Sdk;

namespace WsProto.Tests.Framing;

/// <summary>Runs a theory for a client and for a server; what is given here follows the role.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class BothRolesAttribute(params object[] arguments) : DataAttribute
{
    public IReadOnlyList<object> Arguments => arguments;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [[ConnectionRole.Client, .. arguments], [ConnectionRole.Server, .. arguments]];
}
