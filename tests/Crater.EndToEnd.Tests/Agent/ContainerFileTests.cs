using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Files of a container: hit inside, found again when it has ended or was started anew, and never a way out to the host.</summary>
public sealed class ContainerFileTests : IDisposable
{
    private const string Uid = "inside-1";

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    public static TheoryData<string, string[]> Faults => new()
    {
        { "file-create", ["--path", "/data/app.conf.new", "--content", "made"] },
        { "file-append", ["--path", "/data/app.conf", "--content", "one more line"] },
        { "file-modify", ["--path", "/data/app.conf", "--content", "another content"] },
        { "file-delete", ["--path", "/data/app.conf"] },
        { "file-move", ["--src", "/data/app.conf", "--dst", "/moved.conf"] },
        { "file-chmod", ["--path", "/data/app.conf", "--permission", "000"] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_file_of_a_container_is_hit_and_comes_back(string fault, string[] arguments)
    {
        var container = await StartAsync();
        var before = Files(container);

        await InjectAsync(container, fault, arguments);

        Assert.NotEqual(before, Files(container));
        await RecoverAsync();
        Assert.Equal(before, Files(container));
    }

    [Fact]
    public async Task A_file_comes_back_when_its_container_has_ended()
    {
        var container = await StartAsync();
        var before = Files(container);
        await InjectAsync(container, "file-modify", "--path", "/data/app.conf", "--content", "another content");

        await container.EndAsync();

        await RecoverAsync();
        Assert.Equal(before, Files(container));
    }

    [Fact]
    public async Task A_file_comes_back_when_its_container_was_started_anew()
    {
        var container = await StartAsync();
        var before = Files(container);
        await InjectAsync(container, "file-delete", "--path", "/data/app.conf");

        await container.EndAsync();
        await container.StartAsync();

        await RecoverAsync();
        Assert.Equal(before, Files(container));
    }

    [Fact]
    public async Task A_link_of_the_container_leads_nowhere_outside_it()
    {
        var container = await StartAsync();
        var outside = Path.Combine(_playground.Field, "outside.conf");
        await File.WriteAllTextAsync(outside, "the host's", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(container.Root, "data", "link"), outside);
        File.CreateSymbolicLink(Path.Combine(container.Root, "data", "folder"), "../../../../../.." + _playground.Field);

        foreach (var path in new[] { "/data/link", "/data/folder/outside.conf" })
        {
            var answer = await _playground.RunAsync("inject", "file-modify", "--path", path, "--content", "escaped", "--container", container.Id, "-t", "60s");
            Assert.Equal((5, "CRT5591"), (answer.Code, answer.Error.Split(':')[0]));
        }

        Assert.Equal("the host's", await File.ReadAllTextAsync(outside, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_folder_that_becomes_a_link_to_the_host_meanwhile_is_not_followed_at_recovery()
    {
        var container = await StartAsync();
        await InjectAsync(container, "file-delete", "--path", "/data/app.conf");
        Directory.Move(Path.Combine(container.Root, "data"), Path.Combine(container.Root, "data.aside"));
        await File.WriteAllTextAsync(Path.Combine(_playground.Field, $".crater-{Uid}.held"), "the host's", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(container.Root, "data"), _playground.Field);

        var answer = await _playground.RunAsync("recover", Uid);

        Assert.Equal(4, answer.Code);
        Assert.False(File.Exists(Path.Combine(_playground.Field, "app.conf")));
    }

    [Fact]
    public async Task Disk_space_is_taken_in_a_folder_of_the_container_and_given_back_when_it_ends()
    {
        var container = await StartAsync();
        await InjectAsync(container, "disk-fill", "--bytes", "8MiB", "--dir", "/data");
        Assert.Contains(_playground.OwnCraterds(), process => Directory.EnumerateFileSystemEntries($"/proc/{process.Pid}/fd")
            .Any(link => new FileInfo(link).LinkTarget is { } target && target.StartsWith("/data/", StringComparison.Ordinal) && target.EndsWith(" (deleted)", StringComparison.Ordinal)));

        await container.EndAsync();

        await Wait.UntilAsync(() => _playground.Record(Uid).IsClosed, "the keeper has certified it");
    }

    private async Task<TestContainer> StartAsync()
    {
        var container = await _playground.StartContainerAsync();
        await File.WriteAllTextAsync(Path.Combine(container.Root, "data", "app.conf"), "first line\nsecond line\n", TestContext.Current.CancellationToken);
        return container;
    }

    // Every name with its inode, permissions and content: taken by the test through the host, not by craterd.
    private static string Files(TestContainer container) => string.Join('\n', Directory.EnumerateFiles(container.Root).Concat(Directory.EnumerateFiles(Path.Combine(container.Root, "data"))).Order(StringComparer.Ordinal)
        .Select(file => $"{file} {FileState.Of(file)} {File.ReadAllText(file)}"));

    private Task<Answer> InjectAsync(TestContainer container, string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--container", container.Id, "--uid", Uid, "-t", "60s", .. arguments]);

    private Task RecoverAsync() => _playground.CleanAsync(Uid);
}
