using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Turn = System.Func<Microsoft.AspNetCore.Http.HttpContext, System.Text.Json.Nodes.JsonObject, System.Threading.Tasks.Task>;

namespace Crater.Tests.Models.Scripted;

/// <summary>The turns of a script.</summary>
internal static class Say
{
    public static Turn Text(string text) => Reply(new Reply { Text = text });

    /// <summary>The answer in the way that the request asks for: as a tool's arguments where one must be called, else as text.</summary>
    public static Turn Form(string json) => (context, request) =>
        Reply(ToolName(request) is { } tool ? new Reply { Calls = [("call-1", tool, json)], Finish = "tool_calls" } : new Reply { Text = json })(context, request);

    /// <summary>The same, made from what was asked.</summary>
    public static Turn Form(Func<JsonObject, string> answer) => (context, request) => Form(answer(request))(context, request);

    public static Turn Calls(params (string Id, string Name, string Arguments)[] calls) => Reply(new Reply { Calls = calls, Finish = "tool_calls" });

    public static Turn Refuses(string why) => Reply(new Reply { Text = why, Finish = "refusal" });

    public static Turn CutOff(string text) => Reply(new Reply { Text = text, Finish = "length" });

    public static Turn Nothing => Reply(new Reply { HasChoices = false });

    public static Turn Reply(Reply reply) => async (context, request) =>
    {
        var isAnthropic = context.Request.Path.Value!.EndsWith("/messages", StringComparison.Ordinal);
        if (request["stream"]?.GetValue<bool>() == true)
        {
            await EventsAsync(context, isAnthropic ? Shapes.AnthropicEvents(reply) : Shapes.OpenAiEvents(reply));
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync((isAnthropic ? Shapes.Anthropic(reply) : Shapes.OpenAi(reply)).ToJsonString());
    };

    public static Turn Status(int status, string body = "{}", string? retryAfter = null) => async (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        await context.Response.WriteAsync(body);
    };

    /// <summary>Refuses what it does not know, as servers do that lack a way of asking.</summary>
    public static Turn DoesNotKnow(string field) => Status(400, new JsonObject { ["error"] = new JsonObject { ["message"] = $"Unrecognized request argument supplied: {field}" } }.ToJsonString());

    public static Turn Html => async (context, _) =>
    {
        context.Response.ContentType = "text/html";
        await context.Response.WriteAsync("<!DOCTYPE html><html><body><h1>Sign in to continue</h1></body></html>");
    };

    public static Turn Big(int bytes) => async (context, _) =>
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(Shapes.OpenAi(new Reply { Text = new string('x', bytes) }).ToJsonString());
    };

    /// <summary>A stream that never ends, until the other side leaves.</summary>
    public static Turn Endless => async (context, _) =>
    {
        context.Response.ContentType = "text/event-stream";
        var piece = Encoding.UTF8.GetBytes($"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{new string('x', 8_000)}\"}}}}]}}\n\n");
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        }
    };

    /// <summary>Sends the beginning of an answer and then nothing, until the other side leaves.</summary>
    public static Turn Stalls => async (context, _) =>
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("{\"choices\":");
        await context.Response.Body.FlushAsync();
        var left = new TaskCompletionSource();
        await using (context.RequestAborted.Register(left.SetResult))
        {
            await left.Task;
        }
    };

    /// <summary>Breaks the connection off in the middle of the answer.</summary>
    public static Turn Drops => async (context, _) =>
    {
        context.Response.ContentLength = 10_000;
        await context.Response.WriteAsync("{\"choices\":");
        await context.Response.Body.FlushAsync();
        context.Abort();
    };

    public static Turn Events(params string[] events) => (context, _) => EventsAsync(context, events);

    private static async Task EventsAsync(HttpContext context, IEnumerable<string> events)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var said in events)
        {
            await context.Response.WriteAsync($"data: {said}\n\n");
            await context.Response.Body.FlushAsync();
        }
    }

    private static string? ToolName(JsonObject request) =>
        request["tool_choice"] is JsonObject choice ? (choice["function"]?["name"] ?? choice["name"])?.GetValue<string>() : null;
}
