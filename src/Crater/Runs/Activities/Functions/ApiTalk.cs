using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Targets;

namespace Crater.Runs.Activities.Functions;

/// <summary>One server of a family of functions, asked over HTTP. Every request has an end.</summary>
/// <param name="server">What it is, for messages.</param>
/// <param name="code">The code of a request that was not answered.</param>
internal sealed class ApiTalk(string server, string code, TimeProvider clock)
{
    /// <value>How much of an answer is read. Unit: bytes.</value>
    private const int AnswerMax = 16 * 1024 * 1024;

    /// <value>Default: 30 s.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    public bool VerifyTls { get; init; } = true;

    /// <exception cref="ActivityFailedException">There was no answer; any status is one.</exception>
    public async Task<ApiAnswer> AskAsync(HttpMethod method, string url, JsonNode? body, CancellationToken abort)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw PythonErrors.Failed(code, $"'{url}' is not an address of {server}; it must begin with http:// or https://.");
        }

        using var timeout = new CancellationTokenSource(Patience, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(abort, timeout.Token);
        using var handler = new SocketsHttpHandler { UseCookies = false };
        if (!VerifyTls)
        {
            // The document says verify_tls: false.
#pragma warning disable CA5359
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerMax };
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Add("Accept", "application/json");
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        try
        {
            using var response = await client.SendAsync(request, ending.Token);
            return new ApiAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(ending.Token));
        }
        catch (OperationCanceledException)
        {
            abort.ThrowIfCancellationRequested();
            throw PythonErrors.Failed(code, $"{server} at {Shown(address)} did not answer within {Durations.Text(Patience)}.");
        }
        catch (Exception error) when (NoAnswer.Is(error))
        {
            throw PythonErrors.Failed(code, $"{server} at {Shown(address)} could not be asked: {error.InnerException?.Message ?? error.Message}");
        }
    }

    // A password in the address belongs in no message.
    private static string Shown(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}

internal sealed record ApiAnswer(int Status, string Text)
{
    public bool IsOk => Status < 400;

    /// <summary>Null when the answer is no JSON.</summary>
    public JsonNode? Json
    {
        get
        {
            try
            {
                return JsonNode.Parse(Text);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>The beginning of the answer, for messages.</summary>
    public string Beginning => Text.Length <= 300 ? Text.Trim() : Text[..300].Trim() + CappedText.Cut(300);
}
