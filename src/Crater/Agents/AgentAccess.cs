using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crater.Diagnostics;
using Crater.Discovery;

namespace Crater.Agents;

/// <summary>How a craterd is reached and who we say we are. Secrets are read from their files when the connection is made, and kept nowhere.</summary>
internal static class AgentAccess
{
    /// <summary>A host that cannot be connected to within this is cut off as far as a run is concerned.</summary>
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(3);

    /// <exception cref="CraterException">CRT5715: a file that is needed to sign in cannot be used.</exception>
    public static HttpClient Open(StackHost host)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = ConnectMax };
        if (host.IsSocket)
        {
            handler.ConnectCallback = async (_, abort) => await ConnectAsync(host.Address, abort).ConfigureAwait(false);
        }

        SignIn(host, handler.SslOptions);
        // The name in the address of a socket goes nowhere; HTTP wants one.
        var client = new HttpClient(handler) { BaseAddress = new Uri(host.IsSocket ? "http://craterd" : host.Address), Timeout = Timeout.InfiniteTimeSpan };
        if (host.TokenFile.Length > 0)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Read(host, host.TokenFile, path => File.ReadAllText(path).Trim()));
        }

        return client;
    }

    private static async Task<Stream> ConnectAsync(string path, CancellationToken abort)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), abort).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void SignIn(StackHost host, SslClientAuthenticationOptions options)
    {
        if (host.AuthorityFile.Length > 0)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(Read(host, host.AuthorityFile, path =>
            {
                X509Certificate2Collection found = [];
                found.ImportFromPemFile(path);
                return found;
            }));
        }

        if (host.CertificateFile.Length > 0)
        {
            options.ClientCertificates = [Read(host, host.CertificateFile, path => X509Certificate2.CreateFromPemFile(path, host.KeyFile.Length > 0 ? host.KeyFile : null))];
        }
    }

    private static T Read<T>(StackHost host, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CraterException("CRT5715", $"To sign in at {host.Name}, stack.yaml names {path}, which cannot be used: {e.Message} Correct the path or its permissions.", e);
        }
    }
}
