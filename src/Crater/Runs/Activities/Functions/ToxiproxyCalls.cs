using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities.Processes;

namespace Crater.Runs.Activities.Functions;

/// <summary>chaostoxi over Toxiproxy's HTTP API.</summary>
internal static class ToxiproxyCalls
{
    private const string Standard = "8474";

    public static IReadOnlyDictionary<string, NativeFunction> All { get; } = new Dictionary<string, NativeFunction>
    {
        ["chaostoxi.proxy.actions.create_proxy"] = CreateProxyAsync,
        ["chaostoxi.proxy.actions.disable_proxy"] = (call, abort) => ModifyAsync(call, new JsonObject { ["enabled"] = false }, abort),
        ["chaostoxi.proxy.actions.enable_proxy"] = (call, abort) => ModifyAsync(call, new JsonObject { ["enabled"] = true }, abort),
        ["chaostoxi.proxy.actions.modify_proxy"] = (call, abort) => ModifyAsync(call, Given(call, ("listen", "listen_address"), ("upstream", "upstream_address"), ("enabled", "enabled")), abort),
        ["chaostoxi.proxy.actions.delete_proxy"] = DeleteProxyAsync,
        ["chaostoxi.proxy.actions.reset"] = async (call, abort) => (await AskAsync(call, HttpMethod.Post, "reset", null, abort)).IsOk,
        ["chaostoxi.proxy.probes.proxy_exist"] = async (call, abort) => (await ReadProxyAsync(call, abort))?["name"]?.ToString() == call.Text("proxy_name"),
        ["chaostoxi.proxy.probes.get_proxy_attribute"] = GetAttributeAsync,
        ["chaostoxi.toxic.actions.delete_toxic"] = async (call, abort) =>
            (await AskAsync(call, HttpMethod.Delete, $"{Proxy(call, "for_proxy")}/toxics/{Uri.EscapeDataString(call.Text("toxic_name"))}", null, abort)).IsOk,
        ["chaostoxi.toxic.actions.create_toxic"] = CreateAnyToxicAsync,
        ["chaostoxi.toxic.actions.create_latency_toxic"] = Toxic("latency", "latency", "jitter"),
        ["chaostoxi.toxic.actions.create_bandwith_degradation_toxic"] = Toxic("bandwidth", "rate"),
        ["chaostoxi.toxic.actions.create_slow_connection_close_toxic"] = Toxic("slow_close", "delay"),
        ["chaostoxi.toxic.actions.create_timeout_toxic"] = Toxic("timeout", "timeout"),
        ["chaostoxi.toxic.actions.create_slicer_toxic"] = Toxic("slicer", "average_size", "size_variation", "delay"),
        ["chaostoxi.toxic.actions.create_limiter_toxic"] = (call, abort) => CreateToxicAsync(call, "limit_data", new JsonObject { ["bytes"] = call["bytes_limit"]?.DeepClone() }, "downstream", 1.0, abort),
    };

    private static async Task<JsonNode?> CreateProxyAsync(FunctionCall call, CancellationToken abort)
    {
        var body = new JsonObject
        {
            ["name"] = call["proxy_name"]?.DeepClone(),
            ["listen"] = $"{call.Text("listen_host")}:{call.Text("listen_port")}",
            ["upstream"] = $"{FromEnvironment(call, "upstream_host")}:{FromEnvironment(call, "upstream_port")}",
            ["enabled"] = call["enabled"]?.DeepClone(),
        };
        return KeepPort(call, Accepted(await AskAsync(call, HttpMethod.Post, "proxies", body, abort), "create the proxy", call.Text("proxy_name")));
    }

    private static async Task<JsonNode?> ModifyAsync(FunctionCall call, JsonObject changes, CancellationToken abort) =>
        // Older servers know POST alone for this; newer ones take both.
        KeepPort(call, Accepted(await AskAsync(call, HttpMethod.Post, Proxy(call), changes, abort), "change the proxy", call.Text("proxy_name")));

    private static async Task<JsonNode?> DeleteProxyAsync(FunctionCall call, CancellationToken abort)
    {
        try
        {
            await AskAsync(call, HttpMethod.Delete, Proxy(call), null, abort);
        }
        catch (ActivityFailedException failed) when (failed.Code == "CRT2363")
        {
            // A rollback that finds nothing left to remove has done what it is for.
        }

        return null;
    }

    private static async Task<JsonNode?> GetAttributeAsync(FunctionCall call, CancellationToken abort)
    {
        var name = call.Text("attribute");
        return await ReadProxyAsync(call, abort) is not { } proxy ? null
            : proxy.TryGetPropertyValue(name, out var value) ? value?.DeepClone()
            : throw PythonErrors.Raised("CRT2360", "KeyError", $"'{name}'", $"A proxy has {string.Join(", ", proxy.Select(pair => pair.Key))}.");
    }

    // Not there is an answer; a server in trouble is none, and must not pass for one.
    private static async Task<JsonObject?> ReadProxyAsync(FunctionCall call, CancellationToken abort)
    {
        var answer = await AskAsync(call, HttpMethod.Get, Proxy(call), null, abort);
        return answer.Status == 404 ? null : Accepted(answer, "show the proxy", call.Text("proxy_name"));
    }

    private static Task<JsonNode?> CreateAnyToxicAsync(FunctionCall call, CancellationToken abort) =>
        CreateToxicAsync(call, call.Text("toxic_type"), call["attributes"], call.Text("stream"), call["toxicity"], abort);

    private static NativeFunction Toxic(string type, params string[] attributes) => (call, abort) =>
        CreateToxicAsync(call, type, new JsonObject(attributes.Select(name => KeyValuePair.Create(name, call[name]?.DeepClone()))), "downstream", 1.0, abort);

    private static async Task<JsonNode?> CreateToxicAsync(FunctionCall call, string type, JsonNode? attributes, string stream, JsonNode? toxicity, CancellationToken abort)
    {
        var body = new JsonObject
        {
            ["name"] = call["toxic_name"]?.DeepClone(),
            ["type"] = type,
            ["stream"] = stream,
            ["toxicity"] = toxicity?.DeepClone(),
            ["attributes"] = attributes?.DeepClone(),
        };
        var made = Accepted(await AskAsync(call, HttpMethod.Post, $"{Proxy(call, "for_proxy")}/toxics", body, abort), $"add the {type} toxic", $"{call.Text("toxic_name")} to {call.Text("for_proxy")}");
        return made["name"]?.ToString() == call.Text("toxic_name");
    }

    private static string Proxy(FunctionCall call, string parameter = "proxy_name") => $"proxies/{Uri.EscapeDataString(call.Text(parameter))}";

    private static JsonObject Given(FunctionCall call, params (string Field, string Parameter)[] fields) =>
        new(fields.Where(field => call[field.Parameter] is not null).Select(field => KeyValuePair.Create(field.Field, call[field.Parameter]?.DeepClone())));

    private static JsonObject Accepted(ApiAnswer answer, string what, string which) => answer.IsOk && answer.Json is JsonObject made
        ? made
        : throw PythonErrors.Failed("CRT2362", $"Toxiproxy did not {what} {which}: it answered {answer.Status} {answer.Json?["error"]?.ToString() ?? answer.Beginning}");

    // Activities after this one find the port in their environment, which is how a free port becomes known.
    private static JsonNode? KeepPort(FunctionCall call, JsonObject proxy)
    {
        var listen = proxy["listen"]?.ToString() ?? "";
        var port = listen[(listen.LastIndexOf(':') + 1)..];
        if (port.Length == 0 || !port.All(char.IsAsciiDigit))
        {
            throw PythonErrors.Failed("CRT2362", $"Toxiproxy says that the proxy {call.Text("proxy_name")} listens on '{listen}', which has no port in it.");
        }

        var name = $"{call.Text("proxy_name")}_PORT";
        if (!name.AsSpan().ContainsAny('=', '\0'))
        {
            EnvironmentBlock.Set(name, port);
        }

        return true;
    }

    private static string FromEnvironment(FunctionCall call, string parameter)
    {
        var text = call.Text(parameter);
        return !text.StartsWith("env:", StringComparison.Ordinal) ? text
            : Environment.GetEnvironmentVariable(text[4..]) ?? throw PythonErrors.Raised("CRT2360", "KeyError", $"'{text[4..]}'", $"{parameter} is to come from that environment variable, which is not set.");
    }

    private static Task<ApiAnswer> AskAsync(FunctionCall call, HttpMethod method, string path, JsonNode? body, CancellationToken abort)
    {
        var server = call.Configured("toxiproxy_url");
        if (server.Length == 0)
        {
            var host = call.Configured("toxiproxy_host");
            var port = call.Configured("toxiproxy_port");
            server = host.Length > 0
                ? $"http://{host}:{(port.Length > 0 ? port : Standard)}"
                : throw PythonErrors.Failed("CRT2364", "Nothing says where Toxiproxy is; give toxiproxy_url, or toxiproxy_host and toxiproxy_port, in configuration.");
        }

        return new ApiTalk("Toxiproxy", "CRT2363", call.Clock).AskAsync(method, $"{server.TrimEnd('/')}/{path}", body, abort);
    }
}
