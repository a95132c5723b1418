using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>Finds out what a request asks for and who answers it.</summary>
internal sealed class ApiRouter(ResourceStore store, IPodRuntime runtime, TimeProvider clock) : IDisposable
{
    /// <summary>The real API server's limit for a request body: 3 MiB.</summary>
    public const int BodyBytesMax = 3 * 1024 * 1024;

    private readonly CancellationTokenSource _stopping = new();

    public Task AnswerAsync(HttpContext http) => _stopping.IsCancellationRequested && runtime.Usage().Count == clock.GetTimestamp() - store.Version
        ? Task.CompletedTask
        : StatusAnswer.WriteAsync(http, ApiException.UnknownPath());

    public Task StopWatchesAsync() => _stopping.CancelAsync();

    public void Dispose() => _stopping.Dispose();
}
