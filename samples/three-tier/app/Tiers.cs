using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace ThreeTier;

/// <summary>What each tier answers.</summary>
internal static class Tiers
{
    private const int TextMax = 200;

    public static void MapApi(WebApplication app, Notes notes) => app.Run(context => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("GET", "/healthz") => TextAsync(context, 200, "ok"),
        ("GET", "/ready") => GuardedAsync(context, async () =>
        {
            await notes.PingAsync(context.RequestAborted);
            await TextAsync(context, 200, "ok");
        }),
        ("GET", "/api/notes") => GuardedAsync(context, async () =>
            await JsonAsync(context, 200, new JsonArray([.. (await notes.LatestAsync(context.RequestAborted)).Select(text => (JsonNode?)text)]))),
        ("POST", "/api/notes") => GuardedAsync(context, () => AddAsync(context, notes)),
        _ => TextAsync(context, 404, "There are GET and POST /api/notes, /healthz, /ready and /metrics."),
    });

    public static void MapUi(WebApplication app, HttpClient api)
    {
        using var reader = new StreamReader(typeof(Tiers).Assembly.GetManifestResourceStream("index.html")!);
        var page = reader.ReadToEnd();
        app.Run(context => context.Request.Path.Value switch
        {
            "/" => PageAsync(context, page),
            "/healthz" or "/ready" => TextAsync(context, 200, "ok"),
            "/status" => StatusAsync(context, api),
            "/api/notes" => HandOnAsync(context, api),
            _ => TextAsync(context, 404, "There are /, /status and /api/notes."),
        });
    }

    private static async Task AddAsync(HttpContext context, Notes notes)
    {
        using var body = new StreamReader(context.Request.Body);
        var text = (await body.ReadToEndAsync(context.RequestAborted)).Trim();
        if (text.Length is 0 or > TextMax)
        {
            await TextAsync(context, 400, $"A note has 1 to {TextMax} characters.");
            return;
        }

        await notes.AddAsync(text, context.RequestAborted);
        await TextAsync(context, 201, "kept");
    }

    /// <summary>How the tiers behind this one are, as it sees them now.</summary>
    private static async Task StatusAsync(HttpContext context, HttpClient api)
    {
        async Task<bool> AnswersAsync(string path)
        {
            try
            {
                using var answer = await api.GetAsync(new Uri(path, UriKind.Relative), context.RequestAborted);
                return answer.IsSuccessStatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                return false;
            }
        }

        var isApiWell = await AnswersAsync("/healthz");
        await JsonAsync(context, 200, new JsonObject { ["ui"] = true, ["api"] = isApiWell, ["database"] = isApiWell && await AnswersAsync("/ready") });
    }

    private static async Task HandOnAsync(HttpContext context, HttpClient api)
    {
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), "/api/notes");
            if (HttpMethods.IsPost(context.Request.Method))
            {
                request.Content = new StreamContent(context.Request.Body);
            }

            using var answer = await api.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await context.Response.WriteAsync(await answer.Content.ReadAsStringAsync(context.RequestAborted));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await TextAsync(context, 502, "The API does not answer.");
        }
    }

    private static async Task GuardedAsync(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException && !context.Response.HasStarted)
        {
            await TextAsync(context, 503, "The database does not answer.");
        }
    }

    private static Task PageAsync(HttpContext context, string page)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'";
        return context.Response.WriteAsync(page);
    }

    private static Task TextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n");
    }

    private static Task JsonAsync(HttpContext context, int status, JsonNode json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json.ToJsonString(JsonSerializerOptions.Web));
    }
}
