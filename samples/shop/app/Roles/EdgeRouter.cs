using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>edge-router: where shoppers arrive. Hands every request on to front-end, and asks another replica where asking twice is safe.</summary>
internal static class EdgeRouter
{
    public static void Define(RoleHost host)
    {
        var frontEnd = host.Call("front-end");
        host.Routes.Add("*", "*", async request =>
        {
            var call = new Call(request.Method, request.PathAndQuery)
            {
                Body = request.Method is "GET" or "HEAD" ? null : await request.BodyAsync(),
                Repeatable = request.Method is "GET" or "HEAD",
                Headers = [.. new[] { "X-Session", "Accept" }.Select(name => (name, request.Header(name))).Where(header => header.Item2.Length > 0)],
            };
            return (await frontEnd.SendAsync(call, request.Abort)).Forward();
        });
    }
}
