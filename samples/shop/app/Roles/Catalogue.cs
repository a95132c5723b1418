using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>catalogue: what can be bought. Answers from its last good copy when the database does not, for as long as <c>STALE_FOR</c> (default 60s).</summary>
internal static class Catalogue
{
    public static void Define(RoleHost host)
    {
        var database = host.Call("catalogue-db");
        var staleFor = host.Settings.Duration("STALE_FOR", "60s");
        Answer? lastGood = null;
        long readAt = 0;
        host.Routes.Add("GET", "/catalogue", async request =>
        {
            var answer = await database.GetAsync("/docs/socks?max=1000", request.Abort);
            if (answer.IsSuccess)
            {
                lastGood = answer;
                readAt = host.Clock.GetTimestamp();
                return answer.Forward();
            }

            return lastGood is { } good && host.Clock.GetElapsedTime(readAt) < staleFor ? good.Forward() : answer.Forward();
        });
        host.Routes.Add("GET", "/catalogue/{id}", async request =>
            (await database.GetAsync($"/docs/socks/{Uri.EscapeDataString(request.Path("id"))}", request.Abort)).Forward());
    }
}
