using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Discovery;

namespace Crater.Models.Pilot.Transcripts;

/// <summary>Where a session is kept: <c>.crater/pilot/&lt;id&gt;/</c>, beside the runs. Only its owner can read it.</summary>
public sealed class SessionFolder
{
    public const string TranscriptFile = "transcript.jsonl";
    public const string SeedFile = "autochaos.json";
    public const string TopologyFile = "topology.json";
    public const string Latest = "latest";

    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private SessionFolder(string path) => Path = path;

    public string Path { get; }

    public string Id => System.IO.Path.GetFileName(Path);

    public static string DefaultRoot(string workingDirectory) => System.IO.Path.Combine(workingDirectory, ".crater", "pilot");

    /// <exception cref="CraterException">CRT7325: it could not be made.</exception>
    public static SessionFolder Create(string root, Random dice)
    {
        var folder = new SessionFolder(System.IO.Path.Combine(root, $"pilot-{dice.Next():x8}"));
        return Writing(folder, () =>
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder.Path);
            }
            else
            {
                Directory.CreateDirectory(folder.Path, Own | UnixFileMode.UserExecute);
            }

            return folder;
        });
    }

    /// <summary>The session that a person means: its id, the beginning of it, or <c>latest</c>.</summary>
    /// <exception cref="CraterException">CRT7323: there is none, or more than one.</exception>
    public static SessionFolder Resolve(string root, string text)
    {
        var all = Directory.Exists(root) ? Directory.GetDirectories(root).Where(path => File.Exists(System.IO.Path.Combine(path, TranscriptFile))).Order(StringComparer.Ordinal).ToArray() : [];
        var found = text == Latest ? [.. all.OrderByDescending(path => File.GetLastWriteTimeUtc(System.IO.Path.Combine(path, TranscriptFile))).Take(1)]
            : all.Where(path => Begins(System.IO.Path.GetFileName(path), text)).ToArray();
        return found.Length == 1 ? new SessionFolder(found[0]) : throw new CraterException("CRT7323", found.Length == 0
            ? $"No session below {root} is called '{text}'. {(all.Length == 0 ? "There is none yet." : $"There are {all.Length}, for example {System.IO.Path.GetFileName(all[^1])}.")}"
            : $"'{text}' is the beginning of {found.Length} sessions below {root}. Write more of the id.");
    }

    /// <summary>Appends to the transcript, each line as soon as it is said.</summary>
    /// <exception cref="CraterException">CRT7325: it could not be written.</exception>
    public void Append(string line) => Writing(this, () =>
    {
        using var stream = new FileStream(System.IO.Path.Combine(Path, TranscriptFile), Options(FileMode.Append));
        stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        return 0;
    });

    /// <summary>Writes a file whole.</summary>
    /// <exception cref="CraterException">CRT7325: it could not be written.</exception>
    public void Write(string file, string content) => Writing(this, () =>
    {
        using var stream = new FileStream(System.IO.Path.Combine(Path, file), Options(FileMode.Create));
        stream.Write(Encoding.UTF8.GetBytes(content));
        return 0;
    });

    public Topology Topology() => TopologyJson.Read(File.ReadAllText(System.IO.Path.Combine(Path, TopologyFile)));

    /// <summary>The records of the transcript; a last line that was cut is left out, since its process died.</summary>
    /// <exception cref="CraterException">CRT7324: a line cannot be read, or is of a newer format.</exception>
    public IReadOnlyList<JsonObject> Read()
    {
        var lines = File.ReadAllLines(System.IO.Path.Combine(Path, TranscriptFile));
        List<JsonObject> records = [];
        for (var i = 0; i < lines.Length; i++)
        {
            try
            {
                records.Add((JsonObject)JsonNode.Parse(lines[i])!);
            }
            catch (Exception error) when (error is JsonException or InvalidCastException or NullReferenceException)
            {
                if (i == lines.Length - 1 && i > 0)
                {
                    break;
                }

                throw new CraterException("CRT7324", $"Line {i + 1} of {System.IO.Path.Combine(Path, TranscriptFile)} is no record of a session.", error);
            }
        }

        return records.Count > 0 && records[0]["kind"]?.GetValue<string>() == "session" && records[0]["format"]?.GetValue<int>() == Transcript.Format
            ? records
            : throw new CraterException("CRT7324", $"{System.IO.Path.Combine(Path, TranscriptFile)} does not begin with a session of format {Transcript.Format}. Was it written by a newer craterctl?");
    }

    private static bool Begins(string id, string text) => text.Length > 0 && (id.StartsWith(text, StringComparison.Ordinal) || id.StartsWith("pilot-" + text, StringComparison.Ordinal));

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Own;
        }

        return options;
    }

    private static T Writing<T>(SessionFolder folder, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT7325", $"The session in {folder.Path} could not be written: {error.Message} Make room or correct the permissions.", error);
        }
    }
}
