// dotnet run -c Release --project tests/Hostile -- [smoke] [routes] [NAME…]
//
// Three processes: a server (EchoServer; with "routes", one of ASP.NET Core), honest clients that measure what they notice (HonestClients),
// and this one, which attacks. Each scenario prints a line: what the honest clients saw before and during the attack, and what the server
// had left after it. The exit code is 1 if an honest client lost anything, if something stayed, or if an attack did not end as it must.

using WsProto.Hostile;

switch (args)
{
    case ["serve", var server, var times]:
        await EchoServer.RunAsync(hasRoutes: server == "routes", isQuick: times == "quick");
        return 0;
    case ["honest", var port]:
        await HonestClients.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
}

bool isSmoke = args is ["smoke", ..];
string[] names = isSmoke ? args[1..] : args;
bool hasRoutes = names is ["routes", ..];
if (hasRoutes)
    names = names[1..];
int failed = 0;
foreach (Scenario scenario in Scenario.All)
{
    bool isWanted = names.Length > 0 ? names.Contains(scenario.Name) : scenario.IsDefault && (scenario.HasServer || !hasRoutes);
    if (!isWanted)
        continue;
    string? fault = await scenario.RunAsync(hasRoutes, isSmoke);
    if (fault is null)
        continue;
    failed++;
    Console.WriteLine($"    FAILED: {fault}");
}

return failed == 0 ? 0 : 1;
