using System.Globalization;
using System.Text;
using Crater.Agent.Host;
using Crater.Agent.Places;

namespace Crater.Agent.State;

/// <summary>
/// What is needed to take one fault off again, captured before it was put on. Recovery, the look and the fingerprint get this and nothing else, so none of them can
/// compute anything anew. It stands in a file that only its owner can read, apart from the journal: it can hold names that are nobody's business.
/// </summary>
internal sealed record UndoData(IReadOnlyDictionary<string, string> Values)
{
    public string this[string key] => Values.TryGetValue(key, out var value) ? value : throw new DamagedStateException("undo", $"it has no {key}");

    public string Uid => this["uid"];

    public string Fault => this["fault"];

    /// <summary>The injection's own folder, for what a recovery has to remember between two tries.</summary>
    public string Folder => this["folder"];

    public ProcessIdentity Holder => ProcessIdentity.Parse(this["holder"]) ?? throw new DamagedStateException("undo", "its holder is no process");

    /// <summary>Where it was put, as it was found then; null is the host at large.</summary>
    public Place? Place => Place.Of(Values);

    public long Number(string key) => long.TryParse(this[key], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new DamagedStateException("undo", $"{key} is no number");

    /// <summary>Written whole and synced, or not at all.</summary>
    public void Write(string path)
    {
        using var file = Descriptor.Open(path, Libc.WriteOnly | Libc.Create | Libc.Exclusive, 0x180 /* 0600 */);
        file.Write(Encoding.UTF8.GetBytes(SealedLine.Seal(FlatJson.Write(Values)) + "\n"));
        file.Sync();
    }

    /// <summary>Null when there is no file.</summary>
    /// <exception cref="DamagedStateException">It is not what was written.</exception>
    public static UndoData? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var (text, state) = SealedLine.Open(File.ReadAllText(path).TrimEnd('\n'));
        return state == LineState.Whole && FlatJson.Read(text!) is { } values ? new UndoData(values) : throw new DamagedStateException(path, "it is not what was written");
    }
}
