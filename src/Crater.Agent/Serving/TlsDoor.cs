using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;

namespace Crater.Agent.Serving;

/// <summary>TLS for each connection of a listener, and, where there is an authority, only for those who show a certificate that it has signed.</summary>
/// <remarks>Kestrel's own needs the container of services that this server does without.</remarks>
internal sealed class TlsDoor
{
    private readonly X509Certificate2 _own;
    private readonly X509Certificate2Collection? _authority;

    private TlsDoor(X509Certificate2 own, X509Certificate2Collection? authority) => (_own, _authority) = (own, authority);

    /// <summary>Whether a client without a certificate is turned away.</summary>
    public bool AsksForCertificates => _authority is not null;

    /// <param name="certificate">PEM, for servers.</param>
    /// <param name="key">PEM, without a passphrase; of its owner alone.</param>
    /// <param name="authority">PEM: who signs the certificates of clients; empty when none is asked for.</param>
    /// <exception cref="AgentException">CRT5661: one cannot be used.</exception>
    public static TlsDoor Open(string certificate, string key, string authority)
    {
        if (PrivateFile.Complaint(key) is { } wrong)
        {
            throw new AgentException("CRT5661", ExitCodes.Usage, $"The key {key} {wrong}. Make it yours alone: chmod 600 {key}.");
        }

        try
        {
            X509Certificate2Collection? trusted = null;
            if (authority.Length > 0)
            {
                trusted = [];
                trusted.ImportFromPemFile(authority);
            }

            return trusted is { Count: 0 }
                ? throw new AgentException("CRT5661", ExitCodes.Usage, $"{authority} holds no certificate, so nobody could come in.")
                : new TlsDoor(X509Certificate2.CreateFromPemFile(certificate, key), trusted);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)      // a key of another certificate is an argument to it
        {
            throw new AgentException("CRT5661", ExitCodes.Usage, $"The certificate {certificate} with the key {key}{(authority.Length > 0 ? $" or the authority {authority}" : "")} cannot be used: {e.Message}");
        }
    }

    /// <summary>One connection, until it ends.</summary>
    public async Task AcceptAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var plain = connection.Transport;
        await using var stream = new SslStream(new DuplexStream(plain), leaveInnerStreamOpen: true);
        try
        {
            using var budget = new CancellationTokenSource(Limits.HeadersBudget, TimeProvider.System);
            await stream.AuthenticateAsServerAsync(Options(), budget.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
        {
            return;     // whoever it was is not let in, and the handshake has told them
        }

        if (_authority is not null && stream.RemoteCertificate is { } shown)
        {
            connection.Features.Set(new PeerCertificate(shown.Subject));
        }

        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        var writer = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        connection.Transport = new Pair(reader, writer);
        try
        {
            await next(connection);
        }
        finally
        {
            await reader.CompleteAsync();
            await writer.CompleteAsync();
            connection.Transport = plain;
        }
    }

    private SslServerAuthenticationOptions Options() => new()
    {
        ServerCertificate = _own,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        ClientCertificateRequired = _authority is not null,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, _, _, errors) => _authority is null || errors == SslPolicyErrors.None,
    };

    // Nobody but this authority counts, neither the system's nor one that the client sends along.
    private X509ChainPolicy? Policy()
    {
        if (_authority is null)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(_authority);
        return policy;
    }

    private sealed record Pair(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
