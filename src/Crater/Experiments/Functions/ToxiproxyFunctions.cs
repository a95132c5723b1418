using static Crater.Experiments.Functions.FunctionParameter;

namespace Crater.Experiments.Functions;

/// <summary>chaostoxi: proxies and toxics of a Toxiproxy server, through its HTTP API.</summary>
internal static class ToxiproxyFunctions
{
    private const string Proxies = "chaostoxi.proxy.actions";
    private const string Probes = "chaostoxi.proxy.probes";
    private const string Toxics = "chaostoxi.toxic.actions";
    private static readonly FunctionParameter Proxy = new("proxy_name", "str", "Name of the proxy.");
    private static readonly FunctionParameter For = Proxy with { Name = "for_proxy" };
    private static readonly FunctionParameter Toxic = new("toxic_name", "str", "Name of the toxic.");

    public static IReadOnlyList<PythonFunction> All { get; } =
    [
        Function(Proxies, "create_proxy", "Makes a proxy. Its port then stands in the environment as <proxy_name>_PORT, for the activities after it.", "true", Proxy,
            new("upstream_host", "str", "Where traffic goes; env:NAME reads the environment."), new("upstream_port", "int", "Likewise."),
            Optional("listen_host", "str", "0.0.0.0", "Address that it listens on."), Optional("listen_port", "int", 0, "0 takes any free port."),
            Optional("enabled", "bool", true, "Whether it takes connections.")),
        Function(Proxies, "disable_proxy", "Stops a proxy, as if what is behind it were down.", "true", Proxy),
        Function(Proxies, "enable_proxy", "Starts a stopped proxy.", "true", Proxy),
        Function(Proxies, "modify_proxy", "Changes what is given of a proxy.", "true", Proxy,
            Optional("listen_address", "str", null, "host:port."), Optional("upstream_address", "str", null, "host:port."), Optional("enabled", "bool", null, "Whether it takes connections.")),
        Function(Proxies, "delete_proxy", "Removes a proxy. One that is not there, or a server that does not answer, is no failure.", "null", Proxy),
        Function(Proxies, "reset", "Starts all proxies and removes all toxics.", "bool, whether the server did"),
        Function(Probes, "proxy_exist", "Whether there is a proxy of that name.", "bool", Proxy) with { Kind = FunctionKind.Probe },
        Function(Probes, "get_proxy_attribute", "One attribute of a proxy.", "its value; null when there is no such proxy", Proxy,
            new FunctionParameter("attribute", "str", "name, listen, upstream, enabled or toxics.")) with { Kind = FunctionKind.Probe },
        Function(Toxics, "delete_toxic", "Removes a toxic.", "bool, whether the server did", For, Toxic),
        Function(Toxics, "create_toxic", "Adds a toxic of any type.", "true", For, Toxic, new("toxic_type", "str", "latency, bandwidth, slow_close, timeout, slicer, limit_data, reset_peer."),
            Optional("stream", "str", "downstream", "downstream or upstream."), Optional("toxicity", "float", 1.0, "Share of connections that it is applied to, from 0 to 1."),
            Optional("attributes", "dict", null, "What the type takes.")),
        Created("create_latency_toxic", "Delays what the server answers.", new("latency", "int", "In milliseconds."), Optional("jitter", "int", 0, "In milliseconds, to both sides.")),
        Created("create_bandwith_degradation_toxic", "Limits the bandwidth. The name is written so in existing documents.", new FunctionParameter("rate", "int", "In KB/s.")),
        Created("create_slow_connection_close_toxic", "Closes connections late.", new FunctionParameter("delay", "int", "In milliseconds.")),
        Created("create_timeout_toxic", "Stops all data and closes the connection after a while.", new FunctionParameter("timeout", "int", "In milliseconds; 0 never closes it.")),
        Created("create_slicer_toxic", "Cuts data into small pieces.", new("average_size", "int", "In bytes."), new("size_variation", "int", "In bytes; less than the average."),
            new("delay", "int", "Between pieces, in microseconds.")),
        Created("create_limiter_toxic", "Closes a connection after so much data.", new FunctionParameter("bytes_limit", "int", "In bytes.")),
    ];

    private static PythonFunction Created(string name, string summary, params FunctionParameter[] parameters) =>
        Function(Toxics, name, summary, "true", [For, Toxic, .. parameters]);

    private static PythonFunction Function(string module, string name, string summary, string returns, params FunctionParameter[] parameters) =>
        new(module, name, FunctionKind.Action, summary)
        {
            Returns = returns,
            Parameters = parameters,
            Configuration = ["toxiproxy_url", "toxiproxy_host", "toxiproxy_port"],
            Needs = "a Toxiproxy server",
        };
}
