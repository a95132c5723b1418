using Crater.Agent;
using Crater.Agent.Host;
using Crater.Agent.State;
using Xunit;

namespace Crater.Tests.Agent;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class StateFolderTests : IDisposable
{
    private readonly StateBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_uid_can_be_made_once()
    {
        Assert.NotNull(_bench.State.Create("first-one"));
        Assert.Null(_bench.State.Create("first-one"));
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("a/b/c/d")]
    [InlineData("four")]
    [InlineData("")]
    [InlineData("a uid with spaces")]
    public void A_text_that_is_no_uid_names_no_folder(string uid) => Assert.Null(_bench.State.Find(uid));

    [Fact]
    public void A_folder_that_others_may_write_to_is_refused()
    {
        File.SetUnixFileMode(_bench.Folder, File.GetUnixFileMode(_bench.Folder) | UnixFileMode.OtherWrite);

        var refusal = Assert.Throws<AgentException>(() => StateFolder.Open(name => name == "CRATERD_STATE" ? _bench.Folder : null, isRoot: false));
        Assert.Equal("CRT5521", refusal.Code);
    }

    [Fact]
    public void Undo_data_is_readable_by_its_owner_alone_and_reads_back()
    {
        var folder = Begun("undo-here", ("path", "/somewhere"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "undo")));
        Assert.Equal("/somewhere", folder.ReadUndo()!["path"]);
    }

    [Fact]
    public void Undo_data_that_was_changed_is_not_used()
    {
        var folder = Begun("undo-changed", ("path", "/somewhere"));
        var file = Path.Combine(folder.Path, "undo");
        File.WriteAllText(file, File.ReadAllText(file).Replace("somewhere", "elsewhere", StringComparison.Ordinal));

        Assert.Throws<DamagedStateException>(() => folder.ReadUndo());
    }

    [Fact]
    public void A_lease_that_cannot_be_read_has_run_out()
    {
        var folder = Begun("lease-broken");
        folder.Renew(BootClock.System.Now + TimeSpan.FromHours(1));
        Assert.False(folder.Lease!.Value.HasPassed(BootClock.System.Now));

        File.WriteAllText(Path.Combine(folder.Path, "lease"), "who knows");
        Assert.True(folder.Lease!.Value.HasPassed(BootClock.System.Now));
    }

    [Fact]
    public void What_is_set_aside_keeps_its_files_and_its_uid_has_no_claim_any_more()
    {
        var folder = Begun("set-aside");
        _bench.State.Claims.Take("set-aside", ["path:/x"]);

        var place = _bench.State.SetAside(folder);

        Assert.True(File.Exists(Path.Combine(place, "undo")));
        Assert.Null(_bench.State.Find("set-aside"));
        Assert.Empty(_bench.State.Claims.Holders());
        Assert.Equal([place], _bench.State.SetAside());
    }

    [Theory]
    [InlineData("path:/etc/app", "path:/etc/app", true)]
    [InlineData("path:/etc", "path:/etc/app", true)]
    [InlineData("path:/etc/app", "path:/etc", true)]
    [InlineData("path:/etc/app", "path:/etc/app2", false)]
    [InlineData("process:12@3@b", "process:12@3@b", true)]
    [InlineData("process:12@3@b", "process:12@4@b", false)]
    public void Claims_overlap_by_path_and_otherwise_only_when_equal(string left, string right, bool overlap) => Assert.Equal(overlap, Claims.Overlap(left, right));

    private InjectionFolder Begun(string uid, params (string Key, string Value)[] undo)
    {
        var folder = _bench.State.Create(uid)!;
        folder.Begin(new UndoData(undo.ToDictionary(pair => pair.Key, pair => pair.Value)), JournalEvent.Of(EventKinds.Intent, ("fault", "cpu-burn")), TimeProvider.System);
        return folder;
    }
}
