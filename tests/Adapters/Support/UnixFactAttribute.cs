namespace WsProto.Adapters.Tests.Support;

/// <summary>A test that moves or deletes a file while it is open. It is skipped on Windows, which does not allow that.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
            Skip = "A file that is open cannot be moved on Windows";
    }
}
