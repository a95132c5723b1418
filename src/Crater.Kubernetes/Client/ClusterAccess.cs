using System.Net;
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

    internal ICredentialSource Credentials { get; init; } = new FixedCredential(Credential.None);

    internal ClientCertificate? ClientCertificate { get; init; }

    internal Impersonation Impersonation { get; init; } = Impersonation.None;

    internal IWebProxy? Proxy { get; init; }

    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How long a connection may take to come about. 5 s: a control plane in another continent answers in under one.</summary>
    internal TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection on which nothing comes for so long is asked whether it is still there, and given up as long after: watches may be silent for minutes.</summary>
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);

    /// <exception cref="CraterException">CRT5006: a certificate or key cannot be used.</exception>
    public HttpClient Open()
    {
        var authorities = CertificateAuthority is { } pem && !SkipsTlsVerification ? Usable(ContextName, () => ReadAuthorities(pem), "certificate authority") : null;
        var trust = new ServerTrust(authorities, TlsServerName.Length > 0 ? TlsServerName : Server.DnsSafeHost, Clock);
        var http = new HttpClient(new SignedHandler(Credentials, Impersonation, TlsServerName, certificate => Sockets(trust, certificate)))
        {
            BaseAddress = Server,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("crater", "0.1"));
        return http;
    }

    /// <summary>Gets the first credential, however long a person takes to sign in; every request after that has it at once.</summary>
    /// <exception cref="CraterException">CRT5006, CRT5008 to CRT5010: there is none to be had.</exception>
    internal async Task SignInAsync(CancellationToken abort) => await Credentials.GetAsync(abort);

    internal static T Usable<T>(string context, Func<T> read, string what)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new CraterException("CRT5006", $"The {what} of context '{context}' cannot be used: {e.Message} Write the kubeconfig anew.", e);
        }
    }

    private SocketsHttpHandler Sockets(ServerTrust trust, ClientCertificate? certificate) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.GZip,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        KeepAlivePingDelay = PingAfter,
        KeepAlivePingTimeout = PingAfter,
        EnableMultipleHttp2Connections = true,      // a server allows some hundred streams on one, and each watch is one
        Proxy = Proxy,
        UseProxy = Proxy is not null,
        UseCookies = false,
        SslOptions = Tls(trust, certificate),
    };

    private SslClientAuthenticationOptions Tls(ServerTrust trust, ClientCertificate? certificate)
    {
        var options = new SslClientAuthenticationOptions { ClientCertificateContext = certificate?.Context };
        if (SkipsTlsVerification)
        {
#pragma warning disable CA5359 // The user's kubeconfig asks for it (insecure-skip-tls-verify); the connection warns of it by name.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else
        {
            options.CertificateChainPolicy = trust.Policy();
            options.RemoteCertificateValidationCallback = (_, shown, chain, errors) => trust.Check(shown, chain, errors);
        }

        return options;
    }

    private static X509Certificate2Collection ReadAuthorities(byte[] pem)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPem(Encoding.UTF8.GetString(pem));
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    }
}
