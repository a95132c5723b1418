using System.Globalization;
using System.Text;
using Crater.Agent.Faults.Network;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Http;

/// <summary>What the faults of HTTP requests share: where, which requests, the redirect and the proxy.</summary>
internal abstract class HttpFault : NetworkFault
{
    protected const string By = "A proxy in the keeper, to which a table of nf_tables of the injection's own leads new connections (TPROXY, IPv4 and IPv6). HTTP/1.1 and HTTP/2 without TLS (h2c) are understood; TLS and everything else passes through untouched.";

    protected const string Ends = "Dies with its keeper: the kernel removes the redirect, and new connections go to the server directly; so they do 3 s after a keeper was stopped. "
        + "On recovery the redirect goes first, then what runs through the proxy may finish within --drain.";

    protected const string Limits = "Connections that were there before the injection are not led through the proxy, and neither are those that are only forwarded here. The server sees an address of its own host as the client's. "
        + "When the keeper is killed, connections through it are reset; those that are not done within --drain are closed. "
        + "In HTTP/2, once a request on a connection is hit, heads are packed anew there, promises of the server are refused and priorities are left out.";

    /// <summary>Parameters that every one of them has.</summary>
    protected static IReadOnlyList<FaultParameter> Selection =>
    [
        new("port", ParameterType.Integer, "The port that the server listens on.") { Min = 1, Max = 65535, IsRequired = true },
        new("netns", ParameterType.Path, "In the network namespace of this file, such as /run/netns/NAME; not together with a place."),
        new("path", ParameterType.Text, "Only requests of this path; * stands for any characters. With a question mark in it, path and query are compared.") { Default = "*", Aliases = ["route", "url-path"] },
        new("method", ParameterType.Text, "Only requests of these methods, parted by commas; * is all.") { Default = "*", Aliases = ["verb"] },
        new("header", ParameterType.Text, "Only requests with this header field, written 'NAME: VALUE'; * in the value stands for any characters."),
        new("percent", ParameterType.Integer, "The share of these requests that is hit.") { Unit = "percent", Min = 1, Max = 100, Default = "100" },
        new("drain", ParameterType.Duration, "How long what runs through the proxy may take to finish on recovery; at most 8 s.") { Default = "1s" },
    ];

    public override bool IsOnTheWay => true;

    public override string Check()
    {
        try
        {
            HttpRedirect.Try();
            return Description.Mechanism;
        }
        catch (HostException e)
        {
            throw NoRedirect("/proc/self/ns/net", e);
        }
    }

    public override TimeSpan LetGoTime(UndoData undo) => TimeSpan.FromMilliseconds(undo.Number("drain-ms"));

    /// <summary>What is done to a request that is hit; everything else of the rule is common.</summary>
    protected abstract HttpRule Shape(HttpRule common, FaultRequest request);

    protected override string Mechanism(FaultRequest request) => "nf_tables TPROXY to a proxy in the keeper; HTTP/1.1 and h2c are hit, TLS passes through untouched.";

    protected override IReadOnlyList<string> Examine(FaultRequest request, string place, Dictionary<string, string> undo)
    {
        _ = Rule(request);
        var drain = request.Number("drain");
        undo["drain-ms"] = drain <= 8_000 ? Text(drain) : throw new AgentException("CRT5507", ExitCodes.Usage, $"--drain is {drain} ms, and it must be from 0 to 8 s.");
        var port = (int)request.Number("port");
        var isListening = NetworkNamespace.Inside(place, () =>
        {
            try
            {
                HttpRedirect.Try();
            }
            catch (HostException e)
            {
                throw NoRedirect(place, e);
            }

            return new[] { "tcp", "tcp6" }.Any(protocol => Ports.SocketsIn(Ports.OfThread, protocol, port).Count > 0);
        });
        return isListening ? [$"http:{undo["netns"]}/{port}"] : throw new AgentException("CRT5631", ExitCodes.Host,
            $"Nobody listens on tcp port {port} in {place}, so there is no request to hit. Start the server first, or name the port and the namespace that it listens in ('ss -lnt' there shows them).");
    }

    protected override IDisposable PutOn(FaultRequest request, UndoData undo) => new HttpProxy(
        undo["table"], (ushort)request.Number("port"), Rule(request), TimeSpan.FromMilliseconds(undo.Number("drain-ms")));

    /// <exception cref="AgentException">CRT5632: it would end its line, and begin another one.</exception>
    protected static byte[] ContentTypeOf(FaultRequest request)
    {
        var text = request.Text("content-type");
        return text.All(letter => letter is >= ' ' and < (char)0x7f) ? Encoding.ASCII.GetBytes(text.Trim()) : throw Unreadable("content-type", text, "a type such as application/json");
    }

    /// <exception cref="AgentException">CRT5632: a condition is not what it should be.</exception>
    private HttpRule Rule(FaultRequest request)
    {
        (byte[], Pattern)? field = null;
        if (request.Text("header") is { Length: > 0 } header)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? header : header[..colon];
            field = name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter, StringComparison.Ordinal))
                ? (Encoding.ASCII.GetBytes(name.ToLowerInvariant()), new Pattern(colon < 0 ? "*" : header[(colon + 1)..].Trim()))
                : throw Unreadable("header", header, "NAME: VALUE, with * in the value for any characters");
        }

        var methods = request.Text("method").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(method => method != "*").ToList();
        if (methods.FirstOrDefault(method => !method.All(letter => char.IsAsciiLetter(letter) || letter is '-' or '_')) is { } wrong)
        {
            throw Unreadable("method", wrong, "methods such as GET,POST, or *");
        }

        var path = request.Text("path");
        var isPath = path is ['/' or '*', ..] && !path.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter));
        return Shape(new HttpRule(HttpAct.Pass, [.. methods.Select(method => Encoding.ASCII.GetBytes(method.ToUpperInvariant()))],
            new Pattern(isPath ? path : throw Unreadable("path", path, "a path that begins with / or *")), field, (int)request.Number("percent"), default, default, 0, [], [], Seed(request.Uid)), request);
    }

    private static AgentException Unreadable(string parameter, string value, string form) =>
        new("CRT5632", ExitCodes.Usage, $"'{value}' is no value of --{parameter}; write {form}.");

    private AgentException NoRedirect(string place, HostException e) => Errno.IsNoPermission(e.Error)
        ? new AgentException("CRT5560", ExitCodes.Host, $"{Description.Name} is not permitted in {place}: {e.Message} It takes {Capability}.")
        : new AgentException("CRT5630", ExitCodes.Host, $"{Description.Name} cannot be done in {place}: {e.Message} It takes a kernel with nft_tproxy and nft_fib_inet; load them: modprobe -a nft_tproxy nft_fib_inet.");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
