using System.Net;
using System.Net.Sockets;
using System.Text;
using Crater.Documents;
using Xunit;

namespace Crater.Tests.Documents;

public sealed class DocumentSourceTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _asked = [];

    public DocumentSourceTests() => _listener.Start();

    private string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("application/json", "{\"a\": 1}", null)]
    [InlineData("application/json; charset=utf-8", "{\"a\": 1}", null)]
    [InlineData("application/x-yaml", "a: 1", null)]
    [InlineData("text/yaml", "a: 1", null)]
    [InlineData("text/plain", "a: 1", null)]
    [InlineData("text/plain", "{\"a\": 1}", null)]
    [InlineData("application/json", "a: 1", "CRT1102")]
    [InlineData("text/plain", "a: b: c", "CRT1101")]
    [InlineData("text/html", "a: 1", "CRT2214")]
    [InlineData(null, "a: 1", "CRT2214")]
    public async Task The_content_type_decides_what_a_document_is(string? type, string body, string? code)
    {
        var document = await LoadAsync(Answer("200 OK", type, body));
        Assert.Equal(code, document.Problems.Select(problem => problem.Code).FirstOrDefault());
        Assert.Equal(code is null ? """{"a":1}""" : null, document.Root?.ToJson()?.ToJsonString());
    }

    [Fact]
    public async Task An_answer_that_is_none_is_named_with_its_status_and_words()
    {
        var problem = Assert.Single((await LoadAsync(Answer("403 Forbidden", "text/plain", "not for you"))).Problems);
        Assert.Equal("CRT2213", problem.Code);
        Assert.Contains("403: not for you", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_without_end_is_cut_by_the_limit() =>
        Assert.Equal("CRT1003", (await LoadAsync(Answer("200 OK", "text/yaml", new string('#', 2000)), new SourceAccess { Limits = new ReadLimits { SizeMax = 1000 } })).Problems[0].Code);

    [Fact]
    public async Task An_address_that_nobody_listens_at_is_named()
    {
        var host = Host;
        _listener.Stop();
        Assert.Equal("CRT2212", (await DocumentSource.LoadAsync($"http://{host}/e", new SourceAccess(), TimeProvider.System, CancellationToken.None)).Problems[0].Code);
    }

    [Fact]
    public async Task The_token_of_the_environment_counts_more_than_the_settings()
    {
        var auths = System.Text.Json.Nodes.JsonNode.Parse($$$"""{"{{{Host}}}": {"type": "basic", "value": "XYZ"}, "broken": 3}""");
        await LoadAsync(Answer("200 OK", "text/yaml", "a: 1"), SourceAccess.From(new Dictionary<string, string>(), auths));
        await LoadAsync(Answer("200 OK", "text/yaml", "a: 1"), SourceAccess.From(new Dictionary<string, string> { ["CHAOSTOOLKIT_LOADER_AUTH_BEARER_TOKEN"] = " tok\n" }, auths));
        Assert.Equal(["Authorization: basic XYZ", "Authorization: bearer tok"], _asked.SelectMany(text => text.Split("\r\n")).Where(line => line.StartsWith("Auth", StringComparison.Ordinal)));
        Assert.All(_asked, text => Assert.Contains("Accept: application/json, application/x-yaml", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no-such-file.yaml", "CRT1001")]
    [InlineData("ftp://127.0.0.1/e.yaml", "CRT2210")]
    [InlineData("s3://bucket/e.yaml", "CRT2210")]
    public async Task What_cannot_be_a_source_is_named(string source, string code) =>
        Assert.Equal(code, Assert.Single((await DocumentSource.LoadAsync(source, new SourceAccess(), TimeProvider.System, CancellationToken.None)).Problems).Code);

    [Theory]
    [InlineData("e.json", "{\"a\": 1}", null)]
    [InlineData("e.yaml", "a: 1", null)]
    [InlineData("e.yml", "a: 1", null)]
    [InlineData("e.YAML", "a: 1", "CRT2211")]
    [InlineData("e.txt", "a: 1", "CRT2211")]
    [InlineData("e", "a: 1", "CRT2211")]
    public async Task A_files_name_says_what_it_is(string name, string text, string? code)
    {
        var folder = Directory.CreateTempSubdirectory("crater-source-").FullName;
        var path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        var document = await DocumentSource.LoadAsync(path, new SourceAccess(), TimeProvider.System, CancellationToken.None);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(code, document.Problems.Select(problem => problem.Code).FirstOrDefault());
    }

    private async Task<Document> LoadAsync(string answer, SourceAccess? access = null)
    {
        var served = ServeAsync(answer);
        var document = await DocumentSource.LoadAsync($"http://{Host}/e", access ?? new SourceAccess(), TimeProvider.System, CancellationToken.None);
        await served;
        return document;
    }

    private async Task ServeAsync(string answer)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        var buffer = new byte[4096];
        _asked.Add(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)));
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
        }
        catch (IOException)
        {
            // A reader that has had enough hangs up.
        }
    }

    private static string Answer(string status, string? type, string body) =>
        $"HTTP/1.1 {status}\r\nConnection: close\r\n{(type is null ? "" : $"Content-Type: {type}\r\n")}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";
}
