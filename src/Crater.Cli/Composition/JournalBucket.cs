using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Cli.Terminal;
using Crater.Diagnostics;

namespace Crater.Cli.Composition;

/// <summary>Where journals are kept after runs: a folder with one folder a run in it, named after the journal's start and title.</summary>
internal sealed class JournalBucket
{
    // Longer names are cut, as those who look for them expect.
    private const int TitleMax = 50;
    private readonly string _folder;

    private JournalBucket(string folder) => _folder = folder;

    /// <summary>Before the run: a place that cannot be written is said while there is nothing to lose.</summary>
    /// <exception cref="CraterException">CRT1225.</exception>
    public static JournalBucket Open(string given, Surroundings surroundings)
    {
        if (given.StartsWith("s3://", StringComparison.OrdinalIgnoreCase))
        {
            throw new CraterException("CRT1225", $"Journals cannot be kept at {given}: uploading to S3 is not available in this release. Give a folder, e.g. --journals-bucket ./journals, and copy it from there.");
        }

        var folder = surroundings.Path(given);
        if (!given.Contains('/') && !Directory.Exists(folder))
        {
            throw new CraterException("CRT1225", $"'{given}' may be a bucket of S3 or a folder that is not there yet. For a folder write ./{given}; uploading to S3 is not available in this release.");
        }

        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".crater-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT1225", $"Journals cannot be kept in {folder}, so the run was not begun: {error.Message}", error);
        }

        return new JournalBucket(folder);
    }

    /// <summary>Keeps the journal of the run that began then, and its log. A run is what it is, so a failure here is said and changes nothing.</summary>
    public void Keep(string journal, string log, DateTimeOffset began, Output output)
    {
        try
        {
            if (!File.Exists(journal) || Read(journal, began) is not { } name)
            {
                output.Note("The run wrote no journal, so none is kept.");
                return;
            }

            var folder = Path.Combine(_folder, name);
            Directory.CreateDirectory(folder);
            File.Copy(journal, Path.Combine(folder, Path.GetFileName(journal)), overwrite: true);
            File.Copy(log, Path.Combine(folder, Path.GetFileName(log)), overwrite: true);
            output.Note($"The journal is kept in {folder}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            output.Problems([new Problem(journal, "CRT1229", $"The journal could not be kept in {_folder}: {error.Message} It stays where it is.") { IsWarning = true }]);
        }
    }

    /// <summary>The journal's own folder name; null when it is from an earlier run.</summary>
    private static string? Read(string journal, DateTimeOffset began)
    {
        var json = JsonNode.Parse(File.ReadAllBytes(journal));
        var text = (string?)json?["start"] ?? "";

        // With and without an offset: what has none is UTC.
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var start)
            && start >= began.AddSeconds(-1)
            ? Name(start, (string?)json!["experiment"]?["title"] ?? "")
            : null;
    }

    /// <summary>As <c>20260131_235959_the-title</c>.</summary>
    public static string Name(DateTimeOffset start, string title)
    {
        var name = new StringBuilder();
        foreach (var c in title.Trim().Where(c => c is not ('.' or '/' or '\'' or '"' or '\\') && !char.IsControl(c)))
        {
            name.Append(c == ' ' ? '-' : char.ToLowerInvariant(c));
        }

        var cut = name.ToString(0, Math.Min(name.Length, TitleMax));
        return $"{start.UtcDateTime.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}_{cut}";
    }
}
