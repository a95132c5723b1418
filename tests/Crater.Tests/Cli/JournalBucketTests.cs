using Crater.Cli;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Xunit;

namespace Crater.Tests.Cli;

public sealed class JournalBucketTests : IDisposable
{
    private static readonly DateTimeOffset Began = new(2026, 1, 31, 22, 59, 59, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crater-bucket-");
    private readonly StringWriter _said = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(" The cart's \"DB\" v1.2 / fails ", "20260131_225959_the-carts-db-v12--fails")]
    [InlineData("A title of more than fifty characters that is cut after exactly fifty", "20260131_225959_a-title-of-more-than-fifty-characters-that-is-cut-")]
    [InlineData("../../etc", "20260131_225959_etc")]
    public void A_folder_is_named_after_start_and_title(string title, string name) => Assert.Equal(name, JournalBucket.Name(Began, title));

    [Theory]
    [InlineData("2026-01-31T22:59:59.633698+00:00")]
    [InlineData("2026-01-31T22:59:59.633698")]
    [InlineData("2026-01-31T23:59:59+01:00")]
    public void Journal_and_log_are_kept_whether_the_start_has_an_offset_or_not(string start)
    {
        Keep(start);
        Assert.Equal(["chaostoolkit.log", "journal.json"], Directory.GetFiles(At("bucket/20260131_225959_t")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void The_journal_of_an_earlier_run_is_not_kept_again()
    {
        Keep("2026-01-31T22:00:00+00:00");
        Assert.Empty(Directory.GetFileSystemEntries(At("bucket")));
        Assert.Contains("wrote no journal", _said.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://journals", "uploading to S3 is not available in this release")]
    [InlineData("123456-journals", "may be a bucket of S3 or a folder that is not there yet")]
    [InlineData("/proc/no/such", "so the run was not begun")]
    public void A_place_that_cannot_be_used_is_refused_before_the_run(string given, string reason)
    {
        var refusal = Assert.Throws<CraterException>(() => JournalBucket.Open(given, Surroundings()));
        Assert.Equal("CRT1225", refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private void Keep(string start)
    {
        File.WriteAllText(At("journal.json"), $$$"""{"start": "{{{start}}}", "experiment": {"title": "T"}}""");
        File.WriteAllText(At("chaostoolkit.log"), "");
        JournalBucket.Open("./bucket", Surroundings()).Keep(At("journal.json"), At("chaostoolkit.log"), Began, new Output(Surroundings(), json: false, verbose: false));
    }

    private Surroundings Surroundings() => new()
    {
        Out = _said,
        Error = _said,
        IsTerminal = false,
        WorkingDirectory = _folder.FullName,
        Environment = new Dictionary<string, string>(),
        Clock = TimeProvider.System,
    };

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
