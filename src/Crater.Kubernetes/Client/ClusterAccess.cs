using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>Everything that is needed to reach one cluster as one user. Holds credentials: never logged, never serialised.</summary>
public sealed class ClusterAccess
{
    public required string ContextName { get; init; }

    public required Uri Server { get; init; }

    /// <summary>The context's default namespace.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>A name to expect in the server's certificate instead of the host name.</summary>
    public string TlsServerName { get; init; } = "";

    public bool SkipsTlsVerification { get; init; }

    internal byte[]? CertificateAuthority { get; init; }

    internal byte[]? ClientCertificate { get; init; }

    internal byte[]? ClientKey { get; init; }

    internal string Token { get; init; } = "";

    /// <summary>How long a connection may take to come about. 5 s: a control plane in another continent answers in under one.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="CraterException">CRT5006: a certificate or key cannot be used.</exception>
    public HttpClient Open()
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseProxy = !Server.IsLoopback,
            UseCookies = false,
        };
        sockets.SslOptions = Tls();
        var http = new HttpClient(sockets) { BaseAddress = Server, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("crater", "0.1"));
        if (Token.Length > 0)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        return http;
    }

    private SslClientAuthenticationOptions Tls()
    {
        var options = new SslClientAuthenticationOptions();
        if (TlsServerName.Length > 0)
        {
            options.TargetHost = TlsServerName;
        }

        if (ClientCertificate is { } certificate && ClientKey is { } key)
        {
            options.ClientCertificates = [Usable(() => ReadPair(certificate, key), "client certificate and key")];
        }

        if (SkipsTlsVerification)
        {
#pragma warning disable CA5359 // The user's kubeconfig asks for it (insecure-skip-tls-verify); the connection warns of it by name.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (CertificateAuthority is { } authority)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(Usable(() => ReadAuthorities(authority), "certificate authority"));
            options.CertificateChainPolicy = policy;
        }

        return options;
    }

    private static X509Certificate2 ReadPair(byte[] certificate, byte[] key)
    {
        using var ephemeral = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key));
        // Windows cannot use a key that lives in memory only; a round trip through PKCS#12 binds it there and changes nothing elsewhere.
        return X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), password: null);
    }

    private static X509Certificate2Collection ReadAuthorities(byte[] pem)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPem(Encoding.UTF8.GetString(pem));
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    }

    private T Usable<T>(Func<T> read, string what)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CraterException("CRT5006", $"The {what} of context '{ContextName}' cannot be used: {e.Message} Write the kubeconfig anew.", e);
        }
    }
}
