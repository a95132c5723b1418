using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Serving;

/// <summary>
/// Who asked for what, when, and what was answered: one line of JSON for each call, and one more before each change. Readable by its owner alone. Values of
/// arguments that may be secrets do not stand in it.
/// </summary>
internal sealed class AuditLog(string path) : IDisposable
{
    private readonly Lock _turn = new();
    private Descriptor? _file;
    private long _length;

    /// <summary>Before a change is made.</summary>
    /// <param name="mustStand">Whether a change that cannot be written down is refused. Taking a fault off never is.</param>
    /// <exception cref="AgentException">CRT5662: it cannot be written down.</exception>
    public void NoteAsked(string caller, string path, JsonObject body, bool mustStand)
    {
        try
        {
            Write(("event", "asked"), ("caller", caller), ("path", path), ("uid", Text(body["uid"])), ("fault", Text(body["fault"])), ("creator", Text(body["creator"])),
                ("all", Text(body["all"])), ("place", body["place"]?.ToJsonString() ?? ""), ("timeout", Text(body["timeout"])));
        }
        catch (HostException e) when (mustStand)
        {
            throw new AgentException("CRT5662", ExitCodes.Host, $"The audit log cannot be written, and nothing is injected that does not stand in it: {e.Message}");
        }
        catch (HostException)
        {
            // Whoever takes a fault off is not kept from it.
        }
    }

    /// <summary>Whoever asked for a change has left before the answer.</summary>
    public void NoteGone(string caller, string path, JsonObject body)
    {
        try
        {
            Write(("event", "gone"), ("caller", caller), ("path", path), ("uid", Text(body["uid"])));
        }
        catch (HostException)
        {
            // It changes nothing of what is done.
        }
    }

    /// <summary>After a call was answered.</summary>
    public void Note(string caller, string method, string path, int status, string note, TimeSpan took)
    {
        try
        {
            Write(("event", "answered"), ("caller", caller), ("method", method), ("path", path), ("status", status.ToString(CultureInfo.InvariantCulture)), ("note", note),
                ("ms", took.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)));
        }
        catch (HostException)
        {
            // What was done stands in the journal of the injection as well, and a full disk is told by the next inject.
        }
    }

    public void Dispose() => _file?.Dispose();

    private static string Text(JsonNode? value) => value?.ToString() ?? "";

    private void Write(params ReadOnlySpan<(string Key, string Value)> fields)
    {
        List<KeyValuePair<string, string>> line = [new("at", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))];
        foreach (var (key, value) in fields)
        {
            if (value.Length > 0)
            {
                line.Add(new(key, value.Length > Limits.AuditedTextMax ? value[..Limits.AuditedTextMax] : value));
            }
        }

        var bytes = Encoding.UTF8.GetBytes(FlatJson.Write(line) + "\n");
        lock (_turn)
        {
            Open().Write(bytes);
            _length += bytes.Length;
        }
    }

    private Descriptor Open()
    {
        if (_file is not null && _length > Limits.AuditBytesMax)
        {
            _file.Dispose();
            _file = null;
            _ = Libc.Rename(path, path + ".1");
        }

        if (_file is null)
        {
            _file = Descriptor.Open(path, Libc.WriteOnly | Libc.Append | Libc.Create, 0x180 /* 0600 */);
            _length = new FileInfo(path).Length;
        }

        return _file;
    }
}
