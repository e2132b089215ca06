// dotnet run -c Release --project tests/Hostile -- [smoke] [NAME…]
//
// Three processes: a server (EchoServer), honest clients that measure what they notice (HonestClients), and this one, which attacks. Each
// scenario prints a line: what the honest clients saw before and during the attack, and what the server had left after it. The exit code is 1
// if an honest client lost anything, if something stayed, or if an attack did not end as it must.

using WsProto.Hostile;

switch (args)
{
    case ["serve", var kind]:
        await EchoServer.RunAsync(isQuick: kind == "quick");
        return 0;
    case ["honest", var port]:
        await HonestClients.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
}

bool isSmoke = args is ["smoke", ..];
string[] names = isSmoke ? args[1..] : args;
int failed = 0;
foreach (Scenario scenario in Scenario.All.Where(scenario => names.Length == 0 ? scenario.IsDefault : names.Contains(scenario.Name)))
{
    string? fault = await scenario.RunAsync(isSmoke);
    if (fault is null)
        continue;
    failed++;
    Console.WriteLine($"    FAILED: {fault}");
}

return failed == 0 ? 0 : 1;
