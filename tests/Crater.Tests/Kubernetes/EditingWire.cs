using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Tests.Kubernetes;

/// <summary>Between a client and the lab, as a mutating webhook of somebody else's is: changes what is written before it is stored.</summary>
/// <param name="edit">Changes the body of a patch.</param>
internal sealed class EditingWire(HttpClient behind, Action<HttpRequestMessage, JsonObject> edit) : HttpMessageHandler
{
    public bool IsOn { get; set; } = true;

    public HttpClient Client => new(this, disposeHandler: false) { BaseAddress = behind.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken abort)
    {
        using var copy = new HttpRequestMessage(request.Method, request.RequestUri!.PathAndQuery.TrimStart('/'));
        copy.Headers.Accept.ParseAdd(string.Join(", ", request.Headers.Accept));
        if (request.Content is { } content)
        {
            var text = await content.ReadAsStringAsync(abort);
            if (IsOn && request.Method == HttpMethod.Patch)
            {
                var body = LabApi.Parse(text);
                edit(request, body);
                text = body.ToJsonString();
            }

            copy.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            copy.Content.Headers.ContentType = content.Headers.ContentType;
        }

        return await behind.SendAsync(copy, abort);
    }
}
