using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using ThreeTier;

// Two of the three tiers are this program: TIER=api keeps notes in PostgreSQL, TIER=ui shows them and how the tiers are. The third is PostgreSQL itself.
static string Setting(string name, string otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? given : otherwise;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls($"http://{Setting("POD_IP", "127.0.0.1")}:{Setting("PORT", "8080")}");
await using var app = builder.Build();
var metrics = new Metrics();
metrics.Count(app);
switch (Setting("TIER", "api"))
{
    case "api":
        await using (var notes = new Notes(Setting("DATABASE", "Host=127.0.0.1;Username=postgres;Database=postgres")))
        {
            Tiers.MapApi(app, notes);
            await app.RunAsync();
        }

        return 0;
    case "ui":
        using (var api = new HttpClient { BaseAddress = new Uri(Setting("API_URL", "http://127.0.0.1:8081")), Timeout = TimeSpan.FromSeconds(2) })
        {
            Tiers.MapUi(app, api);
            await app.RunAsync();
        }

        return 0;
    case var other:
        Console.Error.WriteLine($"There is no tier '{other}'; write TIER=api or TIER=ui.");
        return 1;
}
