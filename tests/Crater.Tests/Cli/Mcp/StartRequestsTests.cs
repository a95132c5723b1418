using Crater.Cli.Mcp;
using Crater.Diagnostics;
using Crater.Tests.Measurements;
using Xunit;

namespace Crater.Tests.Cli.Mcp;

public sealed class StartRequestsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crater-approvals-");
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 3, 4, 14, 30, 0, TimeSpan.Zero));
    private readonly StartRequests _requests;
    private readonly string _document;

    public StartRequestsTests()
    {
        _requests = new StartRequests(_folder.FullName, _clock);
        _document = Path.Combine(_folder.FullName, "one.yaml");
        File.WriteAllText(_document, "title: one\n");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string CodeOf(Action act) => Assert.Throws<CraterException>(act).Code;

    [Fact]
    public void A_code_lets_the_document_start_that_the_person_saw_and_only_once()
    {
        var request = _requests.Open(_document, "client");
        var code = _requests.Approve(request);
        Assert.Equal(_document, _requests.Redeem(request.Id, code.ToLowerInvariant()));
        Assert.Equal("CRT7363", CodeOf(() => _requests.Redeem(request.Id, code)));
    }

    [Fact]
    public void Without_a_person_s_yes_no_code_is_right() => Assert.Equal("CRT7362", CodeOf(() => _requests.Redeem(_requests.Open(_document, "client").Id, "AAAAAAAA")));

    [Fact]
    public void A_wrong_code_closes_the_request()
    {
        var request = _requests.Open(_document, "client");
        var code = _requests.Approve(request);
        Assert.Equal("CRT7362", CodeOf(() => _requests.Redeem(request.Id, "WRONG")));
        Assert.Equal("CRT7363", CodeOf(() => _requests.Redeem(request.Id, code)));
    }

    [Fact]
    public void A_code_grows_old()
    {
        var request = _requests.Open(_document, "client");
        var code = _requests.Approve(request);
        _clock.Advance(StartRequests.ValidFor + TimeSpan.FromSeconds(1));
        Assert.Equal("CRT7362", CodeOf(() => _requests.Redeem(request.Id, code)));
    }

    [Fact]
    public void A_document_that_changed_after_the_yes_is_not_started()
    {
        var request = _requests.Open(_document, "client");
        var code = _requests.Approve(request);
        File.AppendAllText(_document, "# more\n");
        Assert.Equal("CRT7363", CodeOf(() => _requests.Redeem(request.Id, code)));
    }

    [Fact]
    public void The_code_itself_stands_in_no_file_and_the_files_are_the_owner_s()
    {
        var code = _requests.Approve(_requests.Open(_document, "client"));
        foreach (var path in Directory.GetFiles(Path.Combine(_folder.FullName, ".crater", "approvals")))
        {
            Assert.DoesNotContain(code, File.ReadAllText(path), StringComparison.OrdinalIgnoreCase);
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Theory]
    [InlineData("../outside.yaml")]
    [InlineData("/etc/hostname")]
    [InlineData("missing.yaml")]
    [InlineData("link.yaml")]
    public void Only_documents_of_the_working_directory_can_be_named(string path)
    {
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link.yaml"), "/etc/hostname");
        Assert.Equal("CRT7366", CodeOf(() => McpDocuments.PathOf(path, _folder.FullName)));
    }

    [Theory]
    [InlineData("type: process, path: touch, arguments: owned")]
    [InlineData("type: python, module: os, func: system")]
    public void What_runs_programs_on_this_machine_is_not_started_by_an_assistant(string provider)
    {
        File.WriteAllText(_document, $"title: one\ndescription: one\nmethod:\n- {{type: action, name: do it, provider: {{{provider}}}}}\n");
        Assert.Equal("CRT7365", CodeOf(() => McpDocuments.Read(_document)));
    }

    [Fact]
    public void The_environment_is_nothing_for_a_document_of_an_assistant()
    {
        File.WriteAllText(_document, """
            title: one
            description: one
            configuration: {secret: {type: env, key: PATH}}
            method:
            - {type: probe, name: tell, provider: {type: http, url: "http://127.0.0.1:1/${secret}"}}
            """);
        Assert.Throws<CraterException>(() => McpDocuments.Read(_document));
    }
}
