using System.Net;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>
/// The proxy on the way to a cluster: the kubeconfig's <c>proxy-url</c>, else HTTPS_PROXY or HTTP_PROXY with the exceptions of NO_PROXY, as kubectl
/// takes them. A proxy of the environment is never used towards this machine itself.
/// </summary>
internal static class ProxyChoice
{
    /// <summary>Null for none.</summary>
    /// <exception cref="CraterException">CRT5011: it is no http, https or socks5 address.</exception>
    public static IWebProxy? For(Uri server, string proxyUrl, Func<string, string?> environment)
    {
        if (proxyUrl.Length > 0)
        {
            return Read(proxyUrl, "proxy-url");
        }

        var variable = server.Scheme == Uri.UriSchemeHttps ? "HTTPS_PROXY" : "HTTP_PROXY";
        var named = Variable(variable);
        return named.Length == 0 || IsExcepted(server, Variable("NO_PROXY")) ? null : Read(named.Contains("://", StringComparison.Ordinal) ? named : $"http://{named}", variable);

        string Variable(string name) => environment(name) is { Length: > 0 } upper ? upper : environment(name.ToLowerInvariant()) ?? "";
    }

    private static OneProxy Read(string text, string from)
    {
        // Only the scheme is quoted: the rest may hold a password.
        var scheme = text.Split("://") is [var first, _, ..] ? first.ToLowerInvariant() : "";
        if (scheme is not ("http" or "https" or "socks5" or "socks5h") || !Uri.TryCreate(text, UriKind.Absolute, out var given))
        {
            throw new CraterException("CRT5011", $"{from} names a proxy with the scheme '{scheme}' that cannot be used. Write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT.");
        }

        // Names are always looked up by the SOCKS proxy, which is what socks5h asks for.
        var address = new UriBuilder(scheme == "socks5h" ? "socks5" : scheme, given.Host, given.Port < 0 ? 1080 : given.Port).Uri;
        var user = given.UserInfo.Split(':', 2);
        return new OneProxy(address, given.UserInfo.Length == 0
            ? null : new NetworkCredential(Uri.UnescapeDataString(user[0]), user.Length > 1 ? Uri.UnescapeDataString(user[1]) : ""));
    }

    private static bool IsExcepted(Uri server, string exceptions)
    {
        var host = server.DnsSafeHost.ToLowerInvariant();
        var isAddress = IPAddress.TryParse(host, out var address);
        if (server.IsLoopback || host == "localhost")
        {
            return true;
        }

        return exceptions.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(entry => Covers(entry.ToLowerInvariant()));

        bool Covers(string entry)
        {
            if (entry == "*")
            {
                return true;
            }

            if (IPNetwork.TryParse(entry, out var network))
            {
                return isAddress && network.Contains(address!);
            }

            var (name, port) = IPAddress.TryParse(entry, out _) || entry.LastIndexOf(':') is not (> 0 and var colon) ? (entry.Trim('[', ']'), "") : (entry[..colon].Trim('[', ']'), entry[(colon + 1)..]);
            if (port.Length > 0 && port != server.Port.ToString())
            {
                return false;
            }

            return isAddress ? name == host
                : name.StartsWith('.') ? host.EndsWith(name, StringComparison.Ordinal)
                : host == name.TrimStart('*') || host.EndsWith($".{name.TrimStart('*', '.')}", StringComparison.Ordinal);
        }
    }

    private sealed class OneProxy(Uri address, NetworkCredential? user) : IWebProxy
    {
        public ICredentials? Credentials { get; set; } = user;

        public Uri GetProxy(Uri destination) => address;

        public bool IsBypassed(Uri host) => false;
    }
}
