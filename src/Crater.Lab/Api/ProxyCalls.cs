using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>The proxy subresource of pods and services: hands a request on to a pod's own address and its answer back.</summary>
internal sealed class ProxyCalls(ResourceStore store)
{
    /// <summary>Headers that belong to one connection and are never handed on (RFC 9110, 7.6.1), and the token, which is not the pod's business.</summary>
    private static readonly HashSet<string> KeptBack = new(
        ["connection", "host", "transfer-encoding", "keep-alive", "upgrade", "te", "trailer", "authorization", "content-length", "proxy-connection"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task AnswerAsync(ApiRequest request)
    {
        var (scheme, name, port) = ReadName(request.Name);
        var (address, number) = request.Kind.Plural switch
        {
            "pods" => PodAddress(request.Space, name, port),
            "services" => ServiceAddress(request.Space, name, port),
            _ when store.Peek("nodes", "", name) is null => throw ApiException.NotFound("nodes", name),
            _ => throw new ApiException(501, "NotImplemented", "CRT6011: the lab's nodes have no proxy; use the proxy of a pod or a service"),
        };
        var from = request.Http.Request;
        using var asked = new HttpRequestMessage(new HttpMethod(from.Method), $"{scheme}://{address}:{number}/{request.Rest}{from.QueryString}");
        if (from.ContentLength > 0 || from.Headers.TransferEncoding.Count > 0)
        {
            asked.Content = new StreamContent(from.Body);
        }

        foreach (var (header, values) in from.Headers.Where(header => !KeptBack.Contains(header.Key) && !header.Key.StartsWith(':')))
        {
            if (!asked.Headers.TryAddWithoutValidation(header, values.AsEnumerable()))
            {
                asked.Content?.Headers.TryAddWithoutValidation(header, values.AsEnumerable());
            }
        }

        HttpResponseMessage answer;
        try
        {
            answer = await Client.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead, request.Http.RequestAborted);
        }
        catch (Exception refused) when (NoAnswer.Is(refused))
        {
            throw new ApiException(503, "ServiceUnavailable", $"error trying to reach service: {refused.Message}");
        }

        using (answer)
        {
            await HandBackAsync(request.Http, answer);
        }
    }

    private static async Task HandBackAsync(HttpContext http, HttpResponseMessage answer)
    {
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (header, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !KeptBack.Contains(header.Key)))
        {
            http.Response.Headers[header] = values.ToArray();
        }

        await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    /// <summary>The forms <c>NAME</c>, <c>NAME:PORT</c> and <c>SCHEME:NAME:PORT</c>.</summary>
    private static (string Scheme, string Name, string Port) ReadName(string text) => text.Split(':') switch
    {
        [var name] => ("http", name, ""),
        [var name, var port] => ("http", name, port),
        [var scheme, var name, var port] => (scheme.Length == 0 ? "http" : scheme, name, port),
        _ => throw ApiException.BadRequest($"invalid proxy request \"{text}\""),
    };

    private (string Address, int Port) PodAddress(string space, string name, string port)
    {
        var pod = store.Peek("pods", space, name) ?? throw ApiException.NotFound("pods", name);
        var address = pod.Text("status", "podIP");
        if (address.Length == 0)
        {
            throw new ApiException(500, "InternalError", "Internal error occurred: address not allowed: the pod has no address yet");
        }

        var ports = pod.Each("spec", "containers").SelectMany(container => container.Each("ports"));
        return (address, port.Length == 0 ? ports.FirstOrDefault()?.Count(80, "containerPort") ?? 80 : Number(port)
            ?? ports.FirstOrDefault(one => one.Text("name") == port)?.Count(0, "containerPort")
            ?? throw ApiException.BadRequest($"pod \"{name}\" has no port \"{port}\""));
    }

    private (string Address, int Port) ServiceAddress(string space, string name, string port)
    {
        var service = store.Peek("services", space, name) ?? throw ApiException.NotFound("services", name);
        var servicePort = service.Each("spec", "ports").FirstOrDefault(one => port.Length == 0 || one.Text("name") == port || one.Text("port") == port)
            ?? throw new ApiException(503, "ServiceUnavailable", $"no service port \"{port}\" found for service \"{name}\"");
        var slices = store.Scan("endpointslices.discovery.k8s.io", space).Items
            .Where(slice => slice.Labels().GetValueOrDefault("kubernetes.io/service-name") == name);
        foreach (var slice in slices)
        {
            var target = slice.Each("ports").FirstOrDefault(one => one.Text("name") == servicePort.Text("name"));
            var ready = slice.Each("endpoints").FirstOrDefault(endpoint => endpoint.Flag("conditions", "ready"));
            if (target is not null && ready is not null)
            {
                return (ready.Texts("addresses").First(), target.Count(0, "port"));
            }
        }

        throw new ApiException(503, "ServiceUnavailable", $"no endpoints available for service \"{name}\"");
    }

    private static int? Number(string port) => int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
