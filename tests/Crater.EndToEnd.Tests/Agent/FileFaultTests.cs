using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The faults of files: their effect, and what is not craterd's to overwrite.</summary>
public sealed class FileFaultTests : IDisposable
{
    private const string Original = "first line\nsecond line\n";

    private readonly Playground _playground = new();
    private readonly string _file;
    private readonly string _before;

    public FileFaultTests()
    {
        _file = Path.Combine(_playground.Field, "app.conf");
        File.WriteAllText(_file, Original);
        _before = FaultCase.Files(_playground);
    }

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task A_created_file_has_its_content_and_permissions_and_goes_again()
    {
        var made = Path.Combine(_playground.Field, "made");
        await InjectAsync("file-create", "--path", made, "--content", "made up", "--permission", "640");

        Assert.Equal("made up", await File.ReadAllTextAsync(made, TestContext.Current.CancellationToken));
        Assert.Equal(0x1A0 /* 0640 */, FileState.Of(made)!.Value.Permissions);
        await AsBeforeAsync();
    }

    [Fact]
    public async Task A_modified_file_reads_differently_and_is_the_same_inode_again()
    {
        await InjectAsync("file-modify", "--path", _file, "--content", "broken = yes");

        Assert.Equal("broken = yes", await ReadAsync());
        await AsBeforeAsync();
    }

    [Fact]
    public async Task Files_are_compared_without_a_library_of_cryptography_which_not_every_host_has()
    {
        using var inject = _playground.Start("cli:answered", "inject", "file-modify", "--path", _file, "--content", "broken = yes", "-t", "5m");
        await Wait.UntilAsync(() => _playground.Paused("inject") is not null, "the answer is there");

        var processes = _playground.OwnCraterds();
        Assert.Equal(3, processes.Count);
        Assert.All(processes, process => Assert.DoesNotContain("libcrypto", File.ReadAllText($"/proc/{process.Pid}/maps"), StringComparison.Ordinal));
        _playground.Paused("inject")!.Value.Signal(Signals.Continue);
        Assert.Equal(0, (await inject.EndAsync()).Code);
        Assert.Equal(0, (await _playground.RunAsync("recover", "--all")).Code);
        Assert.Equal(_before, FaultCase.Files(_playground));
    }

    [Fact]
    public async Task A_deleted_file_is_not_there()
    {
        await InjectAsync("file-delete", "--path", _file);

        Assert.False(File.Exists(_file));
        await AsBeforeAsync();
    }

    [Fact]
    public async Task A_moved_file_is_elsewhere()
    {
        await InjectAsync("file-move", "--src", _file, "--dst", _file + ".away");

        Assert.False(File.Exists(_file));
        Assert.Equal(Original, await File.ReadAllTextAsync(_file + ".away", TestContext.Current.CancellationToken));
        await AsBeforeAsync();
    }

    [Fact]
    public async Task Permissions_are_changed_and_changed_back()
    {
        await InjectAsync("file-chmod", "--path", _file, "--permission", "000");

        Assert.Equal(0, FileState.Of(_file)!.Value.Permissions);
        await AsBeforeAsync();
    }

    [Fact]
    public async Task Appended_lines_are_cut_out_and_what_others_wrote_after_them_stays()
    {
        await InjectAsync("file-append", "--path", _file, "--content", "ERROR out of luck", "--count", "2");
        Assert.Equal(Original + "ERROR out of luck #crater-file-1\nERROR out of luck #crater-file-1\n", await ReadAsync());
        await File.AppendAllTextAsync(_file, "third line\n", TestContext.Current.CancellationToken);

        await RecoverAsync(0);
        Assert.Equal(Original + "third line\n", await ReadAsync());
    }

    [Fact]
    public async Task Appended_lines_are_found_in_a_log_that_was_rotated()
    {
        await InjectAsync("file-append", "--path", _file, "--content", "ERROR out of luck");
        File.Move(_file, _file + ".1");
        await File.WriteAllTextAsync(_file, "a new log\n", TestContext.Current.CancellationToken);

        await RecoverAsync(0);
        Assert.Equal(Original, await File.ReadAllTextAsync(_file + ".1", TestContext.Current.CancellationToken));
        Assert.Equal("a new log\n", await ReadAsync());
    }

    [Theory]
    [InlineData("file-delete")]
    [InlineData("file-modify", "--content", "broken = yes")]
    public async Task A_file_that_somebody_put_in_the_way_is_never_overwritten(string fault, params string[] more)
    {
        await InjectAsync(fault, ["--path", _file, .. more]);
        File.Delete(_file);
        await File.WriteAllTextAsync(_file, "made by the application", TestContext.Current.CancellationToken);

        var answer = await RecoverAsync(4);
        Assert.Contains(".crater-file-1.held", answer.Out, StringComparison.Ordinal);
        Assert.Equal("made by the application", await ReadAsync());

        // A person decides, and the next recovery finishes it.
        File.Delete(_file);
        await AsBeforeAsync();
    }

    [Fact]
    public async Task A_second_fault_on_the_same_file_is_refused_with_the_name_of_the_first()
    {
        await InjectAsync("file-delete", "--path", _file);

        var second = await _playground.RunAsync("inject", "file-chmod", "--path", _file, "--permission", "000", "--uid", "file-2", "-t", "5s");
        Assert.Equal((7, "CRT5528"), (second.Code, second.Error[..7]));
        Assert.Contains("file-1", second.Error, StringComparison.Ordinal);
        await AsBeforeAsync();
    }

    [Fact]
    public async Task A_file_that_takes_the_name_before_the_act_keeps_its_permissions()
    {
        using var inject = _playground.Start("keeper:guardian-armed", "inject", "file-chmod", "--path", _file, "--permission", "000", "--uid", "file-1", "-t", "60s");
        await Wait.UntilAsync(() => _playground.Paused("keep") is not null, "the file has been looked at");
        File.Move(_file, _file + ".old");
        await File.WriteAllTextAsync(_file, "made by the application", TestContext.Current.CancellationToken);
        var mode = FileState.Of(_file)!.Value.Permissions;
        _playground.Paused("keep")!.Value.Signal(Signals.Continue);

        Assert.StartsWith("CRT5598", (await inject.EndAsync()).Error, StringComparison.Ordinal);
        Assert.All([_file, _file + ".old"], file => Assert.Equal(mode, FileState.Of(file)!.Value.Permissions));
    }

    [Fact]
    public async Task Content_stands_in_no_journal_and_in_no_answer()
    {
        var answer = await InjectAsync("file-modify", "--path", _file, "--content", "password=hunter2");
        var query = await _playground.RunAsync("query", "--json");
        var journal = await File.ReadAllTextAsync(Path.Combine(_playground.State.Find("file-1")!.Path, "journal"), TestContext.Current.CancellationToken);

        Assert.All([answer.Out, query.Out, journal], text => Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal));
        await AsBeforeAsync();
    }

    private Task<string> ReadAsync() => File.ReadAllTextAsync(_file, TestContext.Current.CancellationToken);

    private Task<Answer> InjectAsync(string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--uid", "file-1", "-t", "60s", .. arguments]);

    private async Task<Answer> RecoverAsync(int code)
    {
        var answer = await _playground.RunAsync("recover", "file-1");
        Assert.True(answer.Code == code, answer.ToString());
        return answer;
    }

    private async Task AsBeforeAsync()
    {
        await RecoverAsync(0);
        Assert.Equal(_before, FaultCase.Files(_playground));
    }
}
