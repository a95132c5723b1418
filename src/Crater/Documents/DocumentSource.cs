using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Crater.Diagnostics;

namespace Crater.Documents;

/// <summary>
/// Gets a document from where it is: a file whose extension says what it is, or an http or https URL whose content type does. Never throws for what
/// is there: every problem is in the answer.
/// </summary>
public static class DocumentSource
{
    private const string Types = "application/json, application/x-yaml or text/yaml";

    /// <param name="source">A path, from the working directory, or a URL.</param>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was asked for.</exception>
    public static async Task<Document> LoadAsync(string source, SourceAccess access, TimeProvider clock, CancellationToken abort)
    {
        if (Path.Exists(source))
        {
            return LoadFile(source, access.Limits);
        }

        if (!Uri.TryCreate(source, UriKind.Absolute, out var url) || !source.Contains(':') || url.IsFile)
        {
            return DocumentReader.ReadFile(source, access.Limits);
        }

        return url.Scheme is "http" or "https"
            ? await FetchAsync(url, access, clock, abort)
            : Failed(source, "CRT2210", $"'{url.Scheme}' is not a supported source scheme; give a path, or a URL with http or https.");
    }

    private static Document LoadFile(string path, ReadLimits limits) => Path.GetExtension(path) is ".json" or ".yaml" or ".yml"
        ? DocumentReader.ReadFile(path, limits)
        : Failed(path, "CRT2211", $"The name of {path} does not say what it is: only files that end in .json, .yaml or .yml are read.");

    private static async Task<Document> FetchAsync(Uri url, SourceAccess access, TimeProvider clock, CancellationToken abort)
    {
        var shown = url.GetLeftPart(UriPartial.Path);
        using var timeout = new CancellationTokenSource(access.Timeout, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(abort, timeout.Token);
        try
        {
            using var client = new HttpClient(Handler(access)) { Timeout = Timeout.InfiniteTimeSpan };
            using var request = Request(url, access);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
            var bytes = await BytesAsync(response, access.Limits, ending.Token);
            return bytes is null
                ? Failed(shown, "CRT1003", $"The document has more than the {access.Limits.SizeMax} bytes that are read. Split it.")
                : Read(response, bytes, shown, access.Limits);
        }
        catch (OperationCanceledException)
        {
            abort.ThrowIfCancellationRequested();
            return Failed(shown, "CRT2212", $"{shown} did not answer in full within {access.Timeout.TotalSeconds:0.#} s.");
        }
        catch (Exception error) when (NoAnswer.Is(error) || error is InvalidOperationException or FormatException)
        {
            return Failed(shown, "CRT2212", $"{shown} could not be asked: {error.InnerException?.Message ?? error.Message}");
        }
    }

    private static HttpRequestMessage Request(Uri url, SourceAccess access)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-yaml"));
        if (access.Bearer.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"bearer {access.Bearer}");
        }
        else if (access.Authorizations.TryGetValue(url.IsDefaultPort && !url.OriginalString.Contains($":{url.Port}", StringComparison.Ordinal) ? url.Host : $"{url.Host}:{url.Port}", out var authorization))
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return request;
    }

    private static SocketsHttpHandler Handler(SourceAccess access)
    {
        var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All, UseCookies = false, MaxAutomaticRedirections = 30 };
        if (!access.VerifyTls)
        {
            // The user says --no-verify-tls.
#pragma warning disable CA5359
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return handler;
    }

    // Null when there is more than is read.
    private static async Task<byte[]?> BytesAsync(HttpResponseMessage response, ReadLimits limits, CancellationToken ending)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ending);
        using var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, ending)) > 0;)
        {
            if (kept.Length + read > limits.SizeMax)
            {
                return null;
            }

            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }

    private static Document Read(HttpResponseMessage response, byte[] bytes, string shown, ReadLimits limits)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var said = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 300))).Trim();
            return Failed(shown, "CRT2213", $"{shown} answered with the status {(int)response.StatusCode}{(said.Length > 0 ? $": {said}" : "")}. Is the address right, and is it allowed?");
        }

        var type = response.Content.Headers.TryGetValues("Content-Type", out var types) ? string.Join(", ", types) : "";
        if (type.Contains("application/json", StringComparison.Ordinal))
        {
            return DocumentReader.ReadBytes(bytes, DocumentFormat.Json, shown, limits);
        }

        if (type.Contains("application/x-yaml", StringComparison.Ordinal) || type.Contains("text/yaml", StringComparison.Ordinal))
        {
            return DocumentReader.ReadBytes(bytes, DocumentFormat.Yaml, shown, limits);
        }

        if (!type.Contains("text/plain", StringComparison.Ordinal))
        {
            return Failed(shown, "CRT2214", $"{shown} is of the type '{type}'; an experiment must be {Types}, or text/plain.");
        }

        var json = DocumentReader.ReadBytes(bytes, DocumentFormat.Json, shown, limits);
        return json.Root is not null ? json : DocumentReader.ReadBytes(bytes, DocumentFormat.Yaml, shown, limits);
    }

    private static Document Failed(string path, string code, string message) => new(null, "", DocumentFormat.Yaml, [new Problem(path, code, message)]);
}
