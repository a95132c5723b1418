using System.Net;

namespace Crater.Kubernetes.Client;

/// <summary>
/// Signs every request with the credential of the moment. One that is refused (401) is renewed once and the request sent again, since a refused
/// request has done nothing. Where another name is expected than the address has, it stands in the Host header, from which the TLS name is taken.
/// A new client certificate means new connections; what is under way on the old ones goes on there.
/// </summary>
internal sealed class SignedHandler(ICredentialSource source, Impersonation impersonation, string host, Func<ClientCertificate?, SocketsHttpHandler> open)
    : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly List<HttpMessageInvoker> _opened = [];
    private ClientCertificate? _certificate;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        impersonation.AddTo(request.Headers);
        request.Headers.Host = host.Length > 0 ? host : request.Headers.Host;
        var credential = await source.GetAsync(cancellationToken);
        var response = await SendAsync(request, credential, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized || await source.RenewAsync(credential, cancellationToken) is not { } fresh)
        {
            return response;
        }

        response.Dispose();
        return await SendAsync(request, fresh, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var one in _opened)
            {
                one.Dispose();
            }

            (source as IDisposable)?.Dispose();
        }

        base.Dispose(disposing);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Credential credential, CancellationToken abort)
    {
        request.Headers.Authorization = credential.Header;
        return For(credential.Certificate).SendAsync(request, abort);
    }

    private HttpMessageInvoker For(ClientCertificate? certificate)
    {
        lock (_gate)
        {
            if (_opened.Count == 0 || !ReferenceEquals(certificate, _certificate))
            {
                _certificate = certificate;
                _opened.Add(new HttpMessageInvoker(open(certificate)));
            }

            return _opened[^1];
        }
    }
}
