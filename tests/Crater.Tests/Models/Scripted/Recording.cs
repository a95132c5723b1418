using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Turn = System.Func<Microsoft.AspNetCore.Http.HttpContext, System.Text.Json.Nodes.JsonObject, System.Threading.Tasks.Task>;

namespace Crater.Tests.Models.Scripted;

/// <summary>
/// A session as it went over the wire, one exchange a line: path, the request's bytes, status, content type, the answer's bytes. Bodies are text, and equal byte for byte when played again.
/// Those in Recordings/ were recorded from a script, and say so: no provider took part.
/// </summary>
internal static class Recording
{
    /// <summary>Plays the turns and writes down what went over the wire.</summary>
    public static IEnumerable<Turn> Of(List<JsonObject> lines, params IEnumerable<Turn> turns) => turns.Select(turn => (Turn)(async (context, request) =>
    {
        var network = context.Response.Body;
        using var kept = new MemoryStream();
        context.Response.Body = kept;
        await turn(context, request);
        context.Response.Body = network;
        lines.Add(new JsonObject
        {
            ["path"] = context.Request.Path.Value,
            ["request"] = request.ToJsonString(),
            ["status"] = context.Response.StatusCode,
            ["type"] = context.Response.ContentType,
            ["answer"] = Encoding.UTF8.GetString(kept.ToArray()),
        });
        await network.WriteAsync(kept.ToArray());
    }));

    /// <summary>Answers with the recorded bytes, if what is asked is what was asked then; else with what differs.</summary>
    public static IEnumerable<Turn> Play(string file) => File.ReadLines(file).Select(line => JsonNode.Parse(line)!.AsObject()).Select(line => (Turn)(async (context, request) =>
    {
        if (context.Request.Path.Value != line["path"]!.GetValue<string>() || request.ToJsonString() != line["request"]!.GetValue<string>())
        {
            context.Response.StatusCode = 418;
            await context.Response.WriteAsync(new JsonObject { ["error"] = new JsonObject { ["message"] = "this is not what was asked when the session was recorded" } }.ToJsonString());
            return;
        }

        context.Response.StatusCode = line["status"]!.GetValue<int>();
        context.Response.ContentType = line["type"]?.GetValue<string>();
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line["answer"]!.GetValue<string>()));
    }));
}
