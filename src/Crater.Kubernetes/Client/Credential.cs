using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Crater.Kubernetes.Client;

/// <summary>A client certificate with its key and the certificates between it and its authority.</summary>
internal sealed class ClientCertificate
{
    private ClientCertificate(X509Certificate2 leaf, X509Certificate2Collection between)
    {
        Context = SslStreamCertificateContext.Create(leaf, between, offline: true);
        Ends = leaf.NotAfter.ToUniversalTime();
    }

    public SslStreamCertificateContext Context { get; }

    public DateTimeOffset Ends { get; }

    /// <exception cref="CryptographicException">The certificate or the key is none, or they do not belong together.</exception>
    /// <exception cref="ArgumentException">As above.</exception>
    public static ClientCertificate Read(byte[] certificatePem, byte[] keyPem)
    {
        var pem = Encoding.UTF8.GetString(certificatePem);
        using var ephemeral = X509Certificate2.CreateFromPem(pem, Encoding.UTF8.GetString(keyPem));
        X509Certificate2Collection all = [];
        all.ImportFromPem(pem);
        // Windows cannot use a key that lives in memory only; a round trip through PKCS#12 binds it there and changes nothing elsewhere.
        var leaf = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), password: null);
        return new ClientCertificate(leaf, [.. all.Skip(1)]);
    }
}

/// <summary>What is shown to a cluster to prove who we are. Never printed.</summary>
internal sealed class Credential
{
    public static readonly Credential None = new();

    public AuthenticationHeaderValue? Header { get; init; }

    public ClientCertificate? Certificate { get; init; }

    public static AuthenticationHeaderValue? Bearer(string token) => token.Length > 0 ? new AuthenticationHeaderValue("Bearer", token) : null;

    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}

/// <summary>Where credentials come from, now and later: tokens run out.</summary>
internal interface ICredentialSource
{
    ValueTask<Credential> GetAsync(CancellationToken abort);

    /// <summary>The server refused this one. A newer one, or null when there is none.</summary>
    ValueTask<Credential?> RenewAsync(Credential refused, CancellationToken abort);
}

/// <summary>A token, password or certificate that stands in the kubeconfig.</summary>
internal sealed class FixedCredential(Credential credential) : ICredentialSource
{
    public ValueTask<Credential> GetAsync(CancellationToken abort) => ValueTask.FromResult(credential);

    public ValueTask<Credential?> RenewAsync(Credential refused, CancellationToken abort) => ValueTask.FromResult<Credential?>(null);
}

/// <summary>A token in a file that somebody keeps fresh, as the kubelet does for service accounts. The last good one is used while the file cannot be read.</summary>
internal sealed class TokenFile(string path, ClientCertificate? certificate, TimeProvider clock) : ICredentialSource
{
    /// <summary>How long a token is used before the file is looked at again. 1 minute, as the official clients; tokens of service accounts are renewed at 80 % of their hour.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Credential? _last;
    private long _readAt;

    /// <exception cref="Diagnostics.CraterException">CRT5006: the file cannot be read, and never could.</exception>
    public ValueTask<Credential> GetAsync(CancellationToken abort) => ValueTask.FromResult(Current());

    /// <inheritdoc cref="GetAsync"/>
    public Credential Current()
    {
        lock (_gate)
        {
            return _last is { } last && clock.GetElapsedTime(_readAt) < FreshFor ? last : Read();
        }
    }

    public ValueTask<Credential?> RenewAsync(Credential refused, CancellationToken abort)
    {
        lock (_gate)
        {
            var fresh = Read();
            return ValueTask.FromResult(fresh.Header?.Parameter == refused.Header?.Parameter ? null : fresh);
        }
    }

    private Credential Read()
    {
        try
        {
            var token = File.ReadAllText(path).Trim();
            _last = token == _last?.Header?.Parameter ? _last : new Credential { Header = Credential.Bearer(token), Certificate = certificate };
        }
        catch (Exception e) when (_last is null && e is (IOException or UnauthorizedAccessException))
        {
            throw new Diagnostics.CraterException("CRT5006", $"The token file {path} cannot be read: {e.Message} Correct the kubeconfig.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The last good one is used.
        }

        _readAt = clock.GetTimestamp();
        return _last!;
    }
}
