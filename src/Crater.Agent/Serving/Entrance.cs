using System.Globalization;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Crater.Agent.Serving;

/// <summary>
/// Who asks, and whether they may. Over the unix socket the kernel decides by the mode of the file. Over TCP it takes the token where there is a token file, and a
/// certificate, which was checked when the connection was made, where there is an authority for them; both where there are both.
/// </summary>
internal sealed class Entrance(TokenFile? token)
{
    /// <summary>The caller's name for the audit log; null when it may not come in.</summary>
    public string? Admit(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is null)
        {
            return Address(context);
        }

        var certificate = context.Features.Get<PeerCertificate>();
        var isKnown = (token is null || token.Accepts(context.Request.Headers.Authorization)) && (token is not null || certificate is not null);
        return !isKnown ? null : certificate is null ? Address(context) : $"{certificate.Subject} ({Address(context)})";
    }

    /// <summary>From where the request comes.</summary>
    public static string Address(HttpContext context)
    {
        var peer = context.Connection.RemoteIpAddress;
        return peer is not null ? string.Create(CultureInfo.InvariantCulture, $"{peer}:{context.Connection.RemotePort}") : Peer(context);
    }

    // The kernel's word for who is at the other end: struct ucred is pid, uid, gid.
    private static string Peer(HttpContext context)
    {
        const int SocketLevel = 1;
        const int PeerCredentials = 17;
        Span<byte> credentials = stackalloc byte[12];
        return context.Features.Get<IConnectionSocketFeature>()?.Socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == 12
            ? $"uid {BitConverter.ToInt32(credentials[4..])} (pid {BitConverter.ToInt32(credentials)})"
            : "unix socket";
    }
}

/// <summary>The certificate that a client has shown, and that the authority has signed.</summary>
internal sealed record PeerCertificate(string Subject);
