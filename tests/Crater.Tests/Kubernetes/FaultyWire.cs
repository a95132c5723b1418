namespace Crater.Tests.Kubernetes;

/// <summary>What goes wrong with one request.</summary>
internal enum Mishap
{
    /// <summary>The process dies before the request is sent.</summary>
    DeathBefore,

    /// <summary>The process dies when the server has done what was asked for, and never sees the answer.</summary>
    DeathAfter,

    /// <summary>The answer is lost; the process lives on.</summary>
    AnswerLost,

    /// <summary>The connection breaks before the server sees the request.</summary>
    RequestLost,
}

/// <summary>Stands between a client and the lab, and lets one request go wrong; each is counted from 1.</summary>
/// <param name="step">Which one; beyond the last nothing happens.</param>
internal sealed class FaultyWire(HttpClient behind, int step, Mishap mishap) : HttpMessageHandler
{
    private readonly CancellationTokenSource _death = new();
    private int _sent;

    /// <summary>The life of the process whose requests these are.</summary>
    public CancellationToken Life => _death.Token;

    /// <summary>Whether the request that was to go wrong was ever sent.</summary>
    public bool WasReached => _sent >= step;

    public HttpClient Client => new(this, disposeHandler: false) { BaseAddress = behind.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken abort)
    {
        var isIt = Interlocked.Increment(ref _sent) == step;
        _death.Token.ThrowIfCancellationRequested();
        if (isIt && mishap is Mishap.DeathBefore or Mishap.RequestLost)
        {
            Fail();
        }

        using var copy = new HttpRequestMessage(request.Method, request.RequestUri!.PathAndQuery.TrimStart('/'));
        copy.Headers.Accept.ParseAdd(string.Join(", ", request.Headers.Accept));
        if (request.Content is { } content)
        {
            copy.Content = new ByteArrayContent(await content.ReadAsByteArrayAsync(abort));
            copy.Content.Headers.ContentType = content.Headers.ContentType;
        }

        var answer = await behind.SendAsync(copy, CancellationToken.None);
        if (isIt)
        {
            answer.Dispose();
            Fail();
        }

        return answer;
    }

    protected override void Dispose(bool disposing)
    {
        _death.Dispose();
        base.Dispose(disposing);
    }

    private void Fail()
    {
        if (mishap is Mishap.AnswerLost or Mishap.RequestLost)
        {
            throw new HttpRequestException("the connection broke");
        }

        _death.Cancel();
        _death.Token.ThrowIfCancellationRequested();
    }
}
