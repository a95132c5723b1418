using System.Text.Json.Nodes;
using Crater.Runs.Activities;
using Xunit;
using static Crater.Tests.Runs.Activities.Functions.Calling;

namespace Crater.Tests.Runs.Activities.Functions;

/// <summary>The texts of failures are those that Python 3.11 gives under the real engine.</summary>
public sealed class FileFunctionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crater-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Looking_tells_files_folders_links_and_nothing_apart()
    {
        File.WriteAllText(At("file"), "12345");
        Directory.CreateDirectory(At("folder"));
        File.CreateSymbolicLink(At("link"), At("file"));
        File.CreateSymbolicLink(At("broken"), At("nowhere"));
        var seen = new List<string>();
        foreach (var name in new[] { "file", "folder", "link", "broken", "nothing" })
        {
            var path = Json(("path", At(name)));
            var answers = new[]
            {
                await ValueAsync("os.path.exists", path), await ValueAsync("os.path.lexists", path), await ValueAsync("os.path.isfile", path),
                await ValueAsync("os.path.isdir", Json(("s", At(name)))), await ValueAsync("os.path.islink", path),
            };
            seen.Add($"{name} {string.Join("", answers.Select(answer => answer[0]))}");
        }

        Assert.Equal(["file tttff", "folder ttftf", "link tttft", "broken ftfft", "nothing fffff"], seen);
        Assert.Equal("5", await ValueAsync("os.path.getsize", Json(("filename", At("link")))));
        Assert.Equal(JsonValue.Create(At("nowhere")).ToJsonString(), await ValueAsync("os.readlink", Json(("path", At("broken")))));
    }

    [Fact]
    public async Task A_device_is_there_and_is_no_regular_file()
    {
        Assert.Equal("true", await ValueAsync("os.path.exists", Json(("path", "/dev/null"))));
        Assert.Equal("false", await ValueAsync("os.path.isfile", Json(("path", "/dev/null"))));
    }

    [Fact]
    public async Task The_time_of_writing_is_in_seconds_since_1970()
    {
        File.WriteAllText(At("file"), "");
        File.SetLastWriteTimeUtc(At("file"), DateTime.UnixEpoch.AddSeconds(1234.5));
        Assert.Equal("1234.5", await ValueAsync("os.path.getmtime", Json(("filename", At("file")))));
    }

    [Fact]
    public async Task A_file_is_removed_renamed_linked_cut_and_its_mode_set()
    {
        File.WriteAllText(At("a"), "12345");
        await ValueAsync("os.rename", Json(("src", At("a")), ("dst", At("b"))));
        await ValueAsync("os.link", Json(("src", At("b")), ("dst", At("c"))));
        await ValueAsync("os.symlink", Json(("src", "c"), ("dst", At("d"))));
        await ValueAsync("os.truncate", Json(("path", At("b")), ("length", 2)));
        await ValueAsync("os.chmod", Json(("path", At("b")), ("mode", 0x100)));
        Assert.Equal("12", File.ReadAllText(At("d")));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(At("c")) == UnixFileMode.UserRead);
        await ValueAsync("os.remove", Json(("path", At("b"))));
        await ValueAsync("os.unlink", Json(("path", At("d"))));
        Assert.Equal(["c"], Names());
    }

    [Fact]
    public async Task Renaming_replaces_what_is_in_the_new_place()
    {
        File.WriteAllText(At("a"), "new");
        File.WriteAllText(At("b"), "old");
        await ValueAsync("os.replace", Json(("src", At("a")), ("dst", At("b"))));
        Assert.Equal("new", File.ReadAllText(At("b")));
    }

    [Fact]
    public async Task Folders_are_made_and_removed_alone_and_in_rows()
    {
        await ValueAsync("os.mkdir", Json(("path", At("one"))));
        await ValueAsync("os.makedirs", Json(("name", At("x/y/z"))));
        await ValueAsync("os.makedirs", Json(("name", At("x/y/z")), ("exist_ok", true)));
        await ValueAsync("os.rmdir", Json(("path", At("one"))));
        Assert.Equal("""["x"]""", await ValueAsync("os.listdir", Json(("path", _folder.FullName))));
        File.WriteAllText(At("kept"), "");
        await ValueAsync("os.removedirs", Json(("name", At("x/y/z"))));
        Assert.Equal(["kept"], Names());
        await ValueAsync("os.renames", Json(("old", At("kept")), ("new", At("p/q/moved"))));
        Assert.True(File.Exists(At("p/q/moved")));
    }

    [Fact]
    public async Task What_the_system_refuses_is_worded_as_python_words_it()
    {
        Directory.CreateDirectory(At("full/inner"));
        Assert.Equal($"CRT2361 FileNotFoundError: [Errno 2] No such file or directory: '{At("no")}'", await FailureAsync("os.remove", Json(("path", At("no")))));
        Assert.Equal($"CRT2361 FileNotFoundError: [Errno 2] No such file or directory: '{At("no")}' -> '{At("b")}'", await FailureAsync("os.rename", Json(("src", At("no")), ("dst", At("b")))));
        Assert.Equal($"CRT2361 IsADirectoryError: [Errno 21] Is a directory: '{At("full")}'", await FailureAsync("os.remove", Json(("path", At("full")))));
        Assert.Equal($"CRT2361 OSError: [Errno 39] Directory not empty: '{At("full")}'", await FailureAsync("os.rmdir", Json(("path", At("full")))));
        Assert.Equal($"CRT2361 FileExistsError: [Errno 17] File exists: '{At("full")}'", await FailureAsync("os.mkdir", Json(("path", At("full")))));
        Assert.Equal($"CRT2361 FileNotFoundError: [Errno 2] No such file or directory: '{At("no")}'", await FailureAsync("os.path.getsize", Json(("filename", At("no")))));
        Assert.Equal($"CRT2361 OSError: [Errno 22] Invalid argument: '{At("full")}'", await FailureAsync("os.readlink", Json(("path", At("full")))));
    }

    [Fact]
    public async Task The_journal_gets_the_failure_as_python_writes_it() => Assert.Equal(
        $"chaoslib.exceptions.ActivityFailed: FileNotFoundError: [Errno 2] No such file or directory: '{At("no")}'\n",
        (await Assert.ThrowsAsync<ActivityFailedException>(() => new PythonCall(TimeProvider.System, null)
            .RunAsync(new("os", "remove", new JsonObject { ["path"] = At("no") }), Crater.Experiments.Substitution.None, new ActivityContext(), TestContext.Current.CancellationToken))).Trace[^1]);

    [Theory]
    [InlineData("os.path.exists", """{"path": null}""", "CRT2360 TypeError: stat: path should be string, bytes, os.PathLike or integer, not NoneType")]
    [InlineData("os.path.exists", """{"path": ["a"]}""", "CRT2360 TypeError: stat: path should be string, bytes, os.PathLike or integer, not list")]
    [InlineData("os.path.isfile", """{"path": 12.5}""", "CRT2360 TypeError: stat: path should be string, bytes, os.PathLike or integer, not float")]
    [InlineData("os.rename", """{"src": "x", "dst": null}""", "CRT2360 TypeError: rename: dst should be string, bytes or os.PathLike, not NoneType")]
    [InlineData("os.truncate", """{"path": "x", "length": "2"}""", "CRT2360 TypeError: 'str' object cannot be interpreted as an integer")]
    [InlineData("os.path.exists", "{}", "CRT2309 TypeError: exists() missing 1 required positional argument: 'path'. os.path.exists takes path.")]
    [InlineData("os.remove", """{"path": "x", "force": true}""", "CRT2309 TypeError: remove() got an unexpected keyword argument 'force'. os.remove takes path.")]
    [InlineData("time.sleep", """{"secs": -1}""", "CRT2360 ValueError: sleep length must be non-negative")]
    [InlineData("time.sleep", """{"secs": 1e9}""", "CRT2360 OverflowError")]
    public async Task Arguments_are_bound_as_python_binds_them(string function, string arguments, string failure) =>
        Assert.StartsWith(failure, await FailureAsync(function, arguments), StringComparison.Ordinal);

    [Fact]
    public async Task A_sleep_ends_with_the_run()
    {
        using var abort = new CancellationTokenSource();
        var sleeping = CallAsync("time.sleep", """{"secs": 3600}""", abort: abort.Token);
        await abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
    }

    [Theory]
    [InlineData("chaoslib.exit.exit_gracefully", false)]
    [InlineData("chaoslib.exit.exit_ungracefully", true)]
    public async Task An_activity_can_end_the_run(string function, bool isUngraceful) =>
        Assert.Equal(isUngraceful, (await Assert.ThrowsAsync<RunInterruptedException>(() => CallAsync(function, "{}"))).IsUngraceful);

    [Fact]
    public async Task The_environment_can_be_asked()
    {
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), JsonNode.Parse(await ValueAsync("os.getenv", """{"key": "PATH"}"""))!.GetValue<string>());
        Assert.Equal("7", await ValueAsync("os.getenv", """{"key": "CRATER_NO_SUCH_VARIABLE", "default": 7}"""));
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private IEnumerable<string> Names() => _folder.EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal);
}
