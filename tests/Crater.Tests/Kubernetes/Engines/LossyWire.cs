namespace Crater.Tests.Kubernetes.Engines;

/// <summary>Between a client and the lab: loses the first answer to what <paramref name="loses"/> says, and everything while the API is away.</summary>
internal sealed class LossyWire(HttpClient behind, Func<HttpRequestMessage, bool> loses) : HttpMessageHandler
{
    public bool IsAway { get; set; }

    public int Lost { get; private set; }

    public HttpClient Client => new(this, disposeHandler: false) { BaseAddress = behind.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken abort)
    {
        if (IsAway)
        {
            throw new HttpRequestException("nobody answers");
        }

        using var copy = new HttpRequestMessage(request.Method, request.RequestUri!.PathAndQuery.TrimStart('/'));
        copy.Headers.Accept.ParseAdd(string.Join(", ", request.Headers.Accept));
        if (request.Content is { } content)
        {
            copy.Content = new ByteArrayContent(await content.ReadAsByteArrayAsync(abort));
            copy.Content.Headers.ContentType = content.Headers.ContentType;
        }

        var answer = await behind.SendAsync(copy, abort);
        if (Lost == 0 && loses(request))
        {
            Lost++;
            answer.Dispose();
            throw new HttpRequestException("the connection broke");
        }

        return answer;
    }
}
